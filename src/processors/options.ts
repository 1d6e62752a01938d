import type { RecordContext } from '../core/record.ts';
import type { Serde } from '../core/serde.ts';

// Functions in options are written as methods, so that a stream of a narrower type fits where a wider one is asked for.

/** An async function of the application: called with at most `concurrency` others of the same operator and task. */
export type AsyncMapper<K, V, R> = (value: V, key: K, record: AsyncRecord) => Promise<R>;

export interface AsyncRecord extends RecordContext {
  /** Aborted when the call's time is up or the task closes. */
  readonly signal: AbortSignal;
}

export interface MapAsyncOptions<K, V, R> {
  readonly name?: string;
  /** Calls in flight for each task (default 16). */
  readonly concurrency?: number;
  /** `input`: results leave in the order of the inputs; `key`: in order for each key; `none`: as they come (default `input`). */
  readonly order?: 'input' | 'key' | 'none';
  /** A call that takes longer fails with ASYNC_TIMEOUT (default 30,000 ms). */
  readonly timeoutMs?: number;
  /** Tries in all for errors that are retriable (default 1: no second try), and the pause before the second, doubled each time, with jitter. */
  readonly attempts?: number;
  readonly backoffMs?: number;
  /** Turns the error of a call into a result. Without it the error goes to the processing exception handler. Use `failed` to feed a `retry` branch. */
  onError?(this: void, error: unknown, value: V, key: K, record: RecordContext): R;
  /** Serdes of the inputs, where the stream does not know them: what is in flight at a commit is kept in a store. */
  readonly key?: Serde<K>;
  readonly value?: Serde<V>;
}

/** One record of a batch. */
export interface BatchItem<V> {
  readonly value: V;
  readonly record: RecordContext;
}

export interface BatchOptions {
  readonly name?: string;
  /** The batch of a key closes at this many records (default 100) … */
  readonly maxRecords?: number;
  /** … or this long after its first record, by the wall clock (default 1,000 ms); whichever is first. */
  readonly maxWaitMs?: number;
  /** The store that holds the open batches. */
  readonly store?: string;
}

export interface DedupeOptions<K, V> {
  readonly name?: string;
  /** What makes two records the same (default: the key). Ids must be found on the same partition: repartition by them first if they are not. */
  id?(this: void, value: V, key: K): string;
  /** How long an id is remembered, in ms of event time (default 24 hours). */
  readonly withinMs?: number;
  readonly store?: string;
}

/** A value whose processing failed, on its way through a `retry` branch. Made by {@link failed}. */
export class Failure<V> {
  readonly error: unknown;
  readonly value: V;
  readonly record: RecordContext;
  constructor(error: unknown, value: V, record: RecordContext) {
    this.error = error;
    this.value = value;
    this.record = record;
  }
}

/** Marks a value as failed, for the `retry` branch around it. Fits `mapAsync`'s `onError`. */
export function failed<V>(error: unknown, value: V, _key: unknown, record: RecordContext): Failure<V> {
  return new Failure(error, value, record);
}

export type FailureClass = 'transient' | 'permanent';

export interface RetryOptions<K, V, D = unknown> {
  readonly name?: string;
  /** Delay before each further try, in ms: one bucket (topic) for each. */
  readonly delaysMs: readonly number[];
  /** The bucket topics, one for each delay (default `<application id>-<name>-retry-<delay>`). */
  readonly topics?: readonly string[];
  /**
   * New records first: while the input is more than so many records behind, records of the buckets wait even if they are
   * due (default: never). Counted in each task, over its partitions that are no buckets; the delays then are the least
   * that a record waits. Nothing is lost: what waits stays in its topic.
   */
  readonly pauseAboveLag?: number;
  /** Such a wait ends when the input is this many records behind, or fewer (default: half of `pauseAboveLag`). */
  readonly resumeAtLag?: number;
  /** Where permanent and exhausted failures go. */
  readonly deadLetter: string;
  /** `transient`: try again later; `permanent`: dead letter at once (default: an error with `retriable: false` is permanent). */
  classify?(this: void, error: unknown, value: V): FailureClass;
  /** The value to send to a bucket, such as one with its own retry counter raised (default: the value). */
  next?(this: void, value: V, attempt: number, error: unknown): V;
  /** The dead letter's value (default: the failed value) and its serde (default: the input's). */
  toDeadLetter?(this: void, value: V, error: unknown, attempts: number, record: RecordContext): D;
  readonly deadLetterValue?: Serde<D>;
  readonly key?: Serde<K>;
  readonly value?: Serde<V>;
}
