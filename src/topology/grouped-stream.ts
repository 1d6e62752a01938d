import type { BatchItem, BatchOptions } from '../processors/options.ts';
import type { CogroupedStream } from './cogrouped-stream.ts';
import type { MaterializedOptions } from './options.ts';
import type { KStream } from './stream.ts';
import type { KTable } from './table.ts';
import type { SessionWindowedStream, TimeWindowedStream } from './windowed-stream.ts';
import type { SessionWindows, SlidingWindows, TimeWindows } from './windows.ts';

/** A new aggregate from a value and the aggregate so far. null deletes the key's aggregate. */
export type Aggregator<K, V, A> = (value: V, aggregate: A, key: K) => A | null;
/** As `Array.reduce`: the aggregate so far first, then the value. */
export type Reducer<K, V> = (aggregate: V, value: V, key: K) => V | null;

/** A stream whose records of one key are in one partition. Records with a null key or a null value are dropped and counted. */
export interface GroupedStream<K, V> {
  /** Number of records by key. */
  count(options?: MaterializedOptions<K, number>): KTable<K, number>;
  /** The first value of a key is its first aggregate. */
  reduce(reducer: Reducer<K, V>, options?: MaterializedOptions<K, V>): KTable<K, V>;
  aggregate<A>(
    initializer: () => A,
    aggregator: Aggregator<K, V, A>,
    options?: MaterializedOptions<K, A>,
  ): KTable<K, A>;
  windowedBy(windows: TimeWindows | SlidingWindows): TimeWindowedStream<K, V>;
  windowedBy(windows: SessionWindows): SessionWindowedStream<K, V>;
  /** Begins an aggregate of several grouped streams: each folds its values into it with a function of its own. */
  cogroup<A>(aggregator: Aggregator<K, V, A>): CogroupedStream<K, A>;
  /** Collects records of one key until there are enough of them or the first has waited long enough. */
  batch(options?: BatchOptions): KStream<K, readonly BatchItem<V>[]>;
}
