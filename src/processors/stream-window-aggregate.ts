import { withTimestamp } from '../core/record.ts';
import type { RecordContext } from '../core/record.ts';
import type { Windowed } from '../core/serde.ts';
import type { TimestampedWindowStore } from '../state/store.ts';
import { Change } from './change.ts';
import { emitWindows } from './emit-windows.ts';
import { type EmitStrategy, FinalResults } from './final-results.ts';
import { forwardChanges } from './forward-changes.ts';
import { ObservedTime } from './observed-time.ts';
import type { Forward, ProcessorContext, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

export interface StreamWindowAggregateOptions<K, V, A> {
  readonly store: string;
  readonly sizeMs: number;
  readonly advanceMs: number;
  readonly graceMs: number;
  /** The first aggregate of a window; null: its first value is (a reduce). */
  readonly initializer: (() => A) | null;
  readonly aggregator: (value: V, aggregate: A, key: K) => A | null;
  readonly emit: EmitStrategy;
  readonly sendOldValues: boolean;
}

/**
 * Folds the records of each key and window. Windows are [start, end), aligned to the epoch. A record updates each of its
 * windows that ended no longer than the grace before this operator's stream time; for the others it is late, dropped and
 * counted. A null key is dropped and counted; a null value reaches the aggregator, as in Kafka Streams.
 */
export function streamWindowAggregate<K, V, A>(
  options: StreamWindowAggregateOptions<K, V, A>,
): ProcessorSupplier<K, V, Windowed<K>, Change<A>> {
  const { store, sizeMs, advanceMs, graceMs, initializer, aggregator, emit, sendOldValues } = options;
  const firstStart = (time: number): number =>
    Math.floor(Math.max(0, time - sizeMs + advanceMs) / advanceMs) * advanceMs;
  const lastStart = (time: number): number => Math.floor(time / advanceMs) * advanceMs;
  const between = (lastCloseTime: number, closeTime: number): readonly [number, number] | null => {
    const to = closeTime - sizeMs;
    if (to < 0) return null;
    if (lastCloseTime === -1) return [0, to];
    const from = Math.max(0, lastCloseTime - sizeMs) + 1;
    const same = firstStart(to) === firstStart(from - 1) && lastStart(to) === lastStart(from - 1);
    return same ? null : [from, to];
  };
  return () => {
    let task: ProcessorContext<Windowed<K>, Change<A>> | null = null;
    let forward: Forward<Windowed<K>, Change<A>> | null = null;
    let windows: Pick<TimestampedWindowStore<K, A>, 'fetchWithTimestamp' | 'put'> = {
      fetchWithTimestamp: unready,
      put: unready,
    };
    let finals: FinalResults | null = null;
    let observed: ObservedTime | null = null;

    function update(key: K, value: V, start: number, record: RecordContext): void {
      const stored = windows.fetchWithTimestamp(key, start);
      const old = stored === null ? (initializer?.() ?? null) : stored.value;
      const aggregate = old === null ? (value as unknown as A) : aggregator(value, old, key);
      const later = stored !== null && stored.timestamp > record.timestamp;
      const at = later ? withTimestamp(record, stored.timestamp) : record;
      windows.put(key, aggregate, start, at);
      if (forward === null) return;
      // A window that is new has the initial aggregate as its old value, as in Kafka Streams.
      const change = new Change(aggregate, sendOldValues ? old : null);
      forward({ key, window: { start, end: start + sizeMs } }, change, at);
    }

    return {
      init(context) {
        task = context;
        observed = new ObservedTime(context.emission, context.node);
        const opened = context.store<TimestampedWindowStore<K, A>>(store);
        windows = opened;
        if (advanceMs < sizeMs) opened.overlapping();
        if (emit === 'onWindowClose') {
          finals = new FinalResults(context, store, { between, emit: emitWindows(opened, context.forward) });
        } else if (opened.writeBack) {
          forwardChanges(opened, context.forward, sendOldValues);
        } else {
          ({ forward } = context);
        }
      },
      process(key, value, record) {
        if (key === null) {
          task?.dropped('null-key', record);
          return;
        }
        const timestamp = record.timestamp;
        const closeTime = (observed?.after(timestamp) ?? timestamp) - graceMs;
        for (let start = firstStart(timestamp); start <= timestamp; start += advanceMs) {
          if (start + sizeMs > closeTime) update(key, value, start, record);
          else task?.dropped('late', record);
        }
        finals?.check(closeTime, record);
      },
    };
  };
}
