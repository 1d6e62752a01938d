import type { Windowed } from '../core/serde.ts';
import type { EmitStrategy } from '../processors/final-results.ts';
import type { Aggregator, Reducer } from './grouped-stream.ts';
import type { WindowStoreOptions } from './options.ts';
import type { KTable } from './table.ts';

/** The aggregate of two sessions that became one; `one` is the initial aggregate or that of the sessions before. */
export type Merger<K, A> = (one: A, other: A, key: K) => A | null;

/**
 * A grouped stream cut into windows. Records with a null key are dropped and counted; so is a record for a window that
 * ended more than the grace before stream time. A null value reaches the aggregator of time windows, as in Kafka
 * Streams; sliding windows drop it.
 */
export interface TimeWindowedStream<K, V> {
  count(options?: WindowStoreOptions<K, number>): KTable<Windowed<K>, number>;
  reduce(reducer: Reducer<K, V>, options?: WindowStoreOptions<K, V>): KTable<Windowed<K>, V>;
  aggregate<A>(
    initializer: () => A,
    aggregator: Aggregator<K, V, A>,
    options?: WindowStoreOptions<K, A>,
  ): KTable<Windowed<K>, A>;
  /**
   * When results leave (default `onWindowUpdate`: with each update). `onWindowClose`: once, when a record moves stream
   * time past the window's end and grace; looked at once per second at most. As in Kafka Streams, a window that is past
   * the store's retention by then has no result: give `retentionMs` more than the longest silence to expect.
   */
  emitStrategy(strategy: EmitStrategy): TimeWindowedStream<K, V>;
}

/**
 * A grouped stream cut into sessions. Records with a null key are dropped and counted; so is a record whose session
 * ended more than the gap and the grace before stream time. A null value reaches the aggregator, as in Kafka Streams.
 */
export interface SessionWindowedStream<K, V> {
  count(options?: WindowStoreOptions<K, number>): KTable<Windowed<K>, number>;
  reduce(reducer: Reducer<K, V>, options?: WindowStoreOptions<K, V>): KTable<Windowed<K>, V>;
  aggregate<A>(
    initializer: () => A,
    aggregator: Aggregator<K, V, A>,
    merger: Merger<K, A>,
    options?: WindowStoreOptions<K, A>,
  ): KTable<Windowed<K>, A>;
  /** When results leave (default `onWindowUpdate`); see {@link TimeWindowedStream.emitStrategy}. */
  emitStrategy(strategy: EmitStrategy): SessionWindowedStream<K, V>;
}
