import type { Windowed } from '../core/serde.ts';
import type { Aggregator, Reducer } from './grouped-stream.ts';
import type { WindowStoreOptions } from './options.ts';
import type { KTable } from './table.ts';

/**
 * A grouped stream cut into windows. Records with a null key are dropped and counted; so is a record for a window that
 * ended more than the grace before stream time. A null value reaches the aggregator, as in Kafka Streams.
 */
export interface TimeWindowedStream<K, V> {
  count(options?: WindowStoreOptions<K, number>): KTable<Windowed<K>, number>;
  reduce(reducer: Reducer<K, V>, options?: WindowStoreOptions<K, V>): KTable<Windowed<K>, V>;
  aggregate<A>(
    initializer: () => A,
    aggregator: Aggregator<K, V, A>,
    options?: WindowStoreOptions<K, A>,
  ): KTable<Windowed<K>, A>;
}
