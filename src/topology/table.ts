import type { Serde } from '../core/serde.ts';
import type { GroupedTable } from './grouped-table.ts';
import type { ForeignJoinOptions, GroupedOptions, MaterializedOptions, NamedOptions } from './options.ts';
import type { KStream } from './stream.ts';
import type { Suppressed, SuppressOptions } from './suppressed.ts';

/** A table: the latest value by key. Each record is an update of its key; null deletes. */
export interface KTable<K, V> {
  /** What is known of the keys' serde; null where it is not. */
  readonly keySerde: Serde<K> | null;
  /** What is known of the values' serde; null after an operator that may have changed their type. */
  readonly valueSerde: Serde<V> | null;
  /** Name of the store that can be queried, or null: the table is not kept, or not under a name of its own. */
  readonly storeName: string | null;

  filter<S extends V>(predicate: (value: V, key: K) => value is S, options?: MaterializedOptions<K, S>): KTable<K, S>;
  filter(predicate: (value: V, key: K) => boolean, options?: MaterializedOptions<K, V>): KTable<K, V>;
  filterNot(predicate: (value: V, key: K) => boolean, options?: MaterializedOptions<K, V>): KTable<K, V>;
  /** Deletions pass without a call. */
  mapValues<VR>(mapper: (value: V, key: K) => VR, options?: MaterializedOptions<K, VR>): KTable<K, VR>;
  /**
   * Holds updates back, the latest of each row: `untilWindowCloses()` lets one final result of each window through,
   * `untilTimeLimit(...)` one update of a row in a time. What waits goes when a record moves stream time far enough.
   */
  suppress(suppressed: Suppressed<K>, options?: SuppressOptions<K, V>): KTable<K, V>;
  /** The updates under another key. Marks the stream for repartition. */
  toStream<KR>(mapper: (value: V, key: K) => KR, options?: NamedOptions): KStream<KR, V>;
  /** The updates, as records; null is a deletion. */
  toStream(options?: NamedOptions): KStream<K, V>;
  /** Regroups the rows under another key, through a repartition topic. A null key drops the row. */
  groupBy<KR, VR>(
    mapper: (value: V, key: K) => readonly [KR, VR],
    options?: GroupedOptions<KR, VR>,
  ): GroupedTable<KR, VR>;
  /** Rows that both tables have. */
  join<VO, R>(
    other: KTable<K, VO>,
    joiner: (value: V, other: VO, key: K) => R,
    options?: MaterializedOptions<K, R>,
  ): KTable<K, R>;
  /**
   * Rows of this table with the row of another that each names; rows that name none, or one that is not there, are left
   * out. The other table may have other keys and another number of partitions. The name is a prefix of those of all nodes
   * and topics.
   */
  join<KO, VO, R>(
    other: KTable<KO, VO>,
    foreignKeyOf: (value: V, key: K) => KO | null,
    joiner: (value: V, other: VO, key: K) => R,
    options?: ForeignJoinOptions<K, V, KO, VO, R>,
  ): KTable<K, R>;
  /** Rows of this table; null for what the other lacks. */
  leftJoin<VO, R>(
    other: KTable<K, VO>,
    joiner: (value: V, other: VO | null, key: K) => R,
    options?: MaterializedOptions<K, R>,
  ): KTable<K, R>;
  /** Rows of this table with the row of another that each names, or null. */
  leftJoin<KO, VO, R>(
    other: KTable<KO, VO>,
    foreignKeyOf: (value: V, key: K) => KO | null,
    joiner: (value: V, other: VO | null, key: K) => R,
    options?: ForeignJoinOptions<K, V, KO, VO, R>,
  ): KTable<K, R>;
  /** Rows of either table; null for what one of them lacks. */
  outerJoin<VO, R>(
    other: KTable<K, VO>,
    joiner: (value: V | null, other: VO | null, key: K) => R,
    options?: MaterializedOptions<K, R>,
  ): KTable<K, R>;
}
