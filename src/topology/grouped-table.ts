import type { Aggregator, Reducer } from './grouped-stream.ts';
import type { MaterializedOptions } from './options.ts';
import type { KTable } from './table.ts';

/** A table regrouped under another key: an update subtracts the old row and adds the new one. */
export interface GroupedTable<K, V> {
  count(options?: MaterializedOptions<K, number>): KTable<K, number>;
  reduce(adder: Reducer<K, V>, subtractor: Reducer<K, V>, options?: MaterializedOptions<K, V>): KTable<K, V>;
  aggregate<A>(
    initializer: () => A,
    adder: Aggregator<K, V, A>,
    subtractor: Aggregator<K, V, A>,
    options?: MaterializedOptions<K, A>,
  ): KTable<K, A>;
}
