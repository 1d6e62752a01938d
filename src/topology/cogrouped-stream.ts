import type { Windowed } from '../core/serde.ts';
import type { Aggregator, GroupedStream } from './grouped-stream.ts';
import type { MaterializedOptions, WindowStoreOptions } from './options.ts';
import type { KTable } from './table.ts';
import type { Merger } from './windowed-stream.ts';
import type { SessionWindows, SlidingWindows, TimeWindows } from './windows.ts';

/** Several grouped streams of one key type, each with the function that folds its values into one aggregate. */
export interface CogroupedStream<K, A> {
  cogroup<V>(other: GroupedStream<K, V>, aggregator: Aggregator<K, V, A>): CogroupedStream<K, A>;
  aggregate(initializer: () => A, options?: MaterializedOptions<K, A>): KTable<K, A>;
  windowedBy(windows: TimeWindows | SlidingWindows): WindowedCogroupedStream<K, A>;
  windowedBy(windows: SessionWindows): SessionCogroupedStream<K, A>;
}

export interface WindowedCogroupedStream<K, A> {
  aggregate(initializer: () => A, options?: WindowStoreOptions<K, A>): KTable<Windowed<K>, A>;
}

export interface SessionCogroupedStream<K, A> {
  aggregate(initializer: () => A, merger: Merger<K, A>, options?: WindowStoreOptions<K, A>): KTable<Windowed<K>, A>;
}
