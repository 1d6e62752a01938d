import type { RecordContext } from '../core/record.ts';
import { StreamsError } from '../core/errors.ts';
import type { Windowed } from '../core/serde.ts';
import type { NamedOptions, SerdeOptions } from './options.ts';

/** What `suppress` waits for. Made by {@link untilWindowCloses} and {@link untilTimeLimit}. */
export interface Suppressed<K> {
  /** How long a row waits after its time, in ms of stream time; null: the grace of its window. */
  readonly waitMs: number | null;
  /** The time of a row that begins to wait. */
  readonly timeOf: (key: K, record: RecordContext) => number;
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly whenFull: 'emitEarly' | 'shutDown';
}

/** Limits of what may wait in each task; without one, memory is the limit. */
export interface BufferLimits {
  /** Rows (default: no limit). */
  readonly maxRecords?: number;
  /** Keys, values, headers and some overhead for each row, in bytes (default: no limit). */
  readonly maxBytes?: number;
}

export interface TimeLimitOptions extends BufferLimits {
  /** How long a row waits after its first update, in ms of stream time. */
  readonly limitMs: number;
  /** At a limit: emit the earliest rows before their time (default), or fail with BUFFER_FULL. */
  readonly whenFull?: 'emitEarly' | 'shutDown';
}

/** Kafka Streams' `Suppressed`, but for what it waits for. */
export interface SuppressOptions<K, V> extends NamedOptions, SerdeOptions<K, V> {
  /** With a changelog topic (default true). Without one, what waits is lost with the machine. */
  readonly logged?: boolean;
  /** Settings of the changelog topic that differ from the defaults. */
  readonly logConfig?: Readonly<Record<string, string>>;
}

/**
 * One result for each window, once stream time has passed its end and grace. Needs a windowed aggregate upstream. A task
 * whose buffer is full fails with BUFFER_FULL: a result sent early would not be final.
 */
export function untilWindowCloses({ maxRecords = Infinity, maxBytes = Infinity }: BufferLimits = {}): Suppressed<
  Windowed<unknown>
> {
  checkLimits({ maxRecords, maxBytes });
  return Object.freeze({ waitMs: null, timeOf: windowEnd, maxRecords, maxBytes, whenFull: 'shutDown' });
}

/** At most one update of a row in a time: the latest, `limitMs` of stream time after the first. @throws TOPOLOGY_INVALID */
export function untilTimeLimit(options: TimeLimitOptions): Suppressed<unknown> {
  const { limitMs, maxRecords = Infinity, maxBytes = Infinity, whenFull = 'emitEarly' } = options;
  if (!(Number.isSafeInteger(limitMs) && limitMs >= 0)) {
    throw invalid(`limitMs must be a whole number, 0 or more, not ${limitMs}`);
  }
  checkLimits({ maxRecords, maxBytes });
  return Object.freeze({ waitMs: limitMs, timeOf: recordTime, maxRecords, maxBytes, whenFull });
}

function windowEnd({ window }: Windowed<unknown>): number {
  return window.end;
}

function recordTime(_key: unknown, record: RecordContext): number {
  return record.timestamp;
}

function checkLimits(limits: { readonly maxRecords: number; readonly maxBytes: number }): void {
  for (const [name, limit] of Object.entries(limits)) {
    if (!(limit >= 0)) throw invalid(`${name} must be 0 or more, not ${limit}`);
  }
}

function invalid(message: string): StreamsError {
  return new StreamsError('TOPOLOGY_INVALID', `Suppression: ${message}.`);
}
