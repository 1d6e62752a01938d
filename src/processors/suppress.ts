import { StreamsError } from '../core/errors.ts';
import type { RecordContext } from '../core/record.ts';
import type { BufferedRow, SuppressionBuffer } from '../state/store.ts';
import { Change } from './change.ts';
import { ObservedTime } from './observed-time.ts';
import type { ProcessorContext, ProcessorSupplier } from './processor.ts';

export interface SuppressOptions<K> {
  readonly store: string;
  /** How long after its time a row waits, in ms of this operator's stream time. */
  readonly waitMs: number;
  /** The time of a row that begins to wait. */
  readonly timeOf: (key: K, record: RecordContext) => number;
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly whenFull: 'emitEarly' | 'shutDown';
  /** Final results: a row that was deleted before it could go is nobody's news. */
  readonly dropsDeletions: boolean;
}

/**
 * Holds updates of rows back, the latest for each key, until stream time has passed their time by `waitMs`. A row that
 * is updated while it waits keeps its place. What is looked at is looked at when a record arrives, never in between.
 */
export function suppress<K, V>(options: SuppressOptions<K>): ProcessorSupplier<K, Change<V>, K, Change<V>> {
  const { store, waitMs, timeOf, maxRecords, maxBytes, whenFull, dropsDeletions } = options;
  return () => {
    let task: AtWork<K, V> | null = null;
    return {
      init(context) {
        task = {
          context,
          buffer: context.store<SuppressionBuffer<K, V>>(store),
          observed: new ObservedTime(context.emission, context.node),
        };
      },
      process(key, change, record) {
        if (task === null) return;
        const { context, buffer, observed } = task;
        const emit = ({ key: row, newValue, oldValue, record: written }: BufferedRow<K, V>): void => {
          if (newValue !== null || !dropsDeletions) context.forward(row, new Change(newValue, oldValue), written);
        };
        const full = (): boolean => buffer.size > maxRecords || buffer.bytes > maxBytes;
        const observedTime = observed.after(record.timestamp);
        buffer.put(timeOf(key, record), key, change.newValue, change.oldValue, record);
        buffer.evictWhile((time) => time <= observedTime - waitMs, emit);
        if (!full()) return;
        if (whenFull === 'shutDown') {
          throw new StreamsError(
            'BUFFER_FULL',
            `${context.node} holds ${buffer.size} rows in ${buffer.bytes} bytes back, more than its buffer may (${maxRecords} rows, ${maxBytes} bytes): raise maxRecords or maxBytes`,
          );
        }
        buffer.evictWhile(full, emit);
      },
    };
  };
}

interface AtWork<K, V> {
  readonly context: ProcessorContext<K, Change<V>>;
  readonly buffer: SuppressionBuffer<K, V>;
  readonly observed: ObservedTime;
}
