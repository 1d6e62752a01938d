import type { RecordContext } from '../core/record.ts';
import type { Serde } from '../core/serde.ts';

/** What an operator may be called. Without a name, Kafka Streams' generated one (`KSTREAM-FILTER-0000000003`). */
export interface NamedOptions {
  /** The node's name in `describe()`, metrics and errors: `[A-Za-z0-9._-]`, at most 249 characters. */
  readonly name?: string;
}

export interface SerdeOptions<K, V> {
  /** Serde of the keys. Default: what the stream knows from upstream. */
  readonly key?: Serde<K>;
  /** Serde of the values. Default: what the stream knows from upstream. */
  readonly value?: Serde<V>;
}

/** Kafka Streams' `Consumed`. */
export interface SourceOptions<K, V> extends NamedOptions {
  /** Serde of the keys (default: the bytes as they are). */
  readonly key?: Serde<K>;
  /** Serde of the values (default: the bytes as they are). */
  readonly value?: Serde<V>;
  /** The event time of a record (default: the record's own timestamp). */
  timestampExtractor?(this: void, key: K, value: V, record: RecordContext, partitionTimeMs: number): number;
  /** Where a partition without a committed offset begins (default: the application's setting). */
  readonly offsetReset?: 'earliest' | 'latest';
}

/** Settings of the store behind a table. Kafka Streams' `Materialized`. */
export interface StoreOptions<K, V> extends SerdeOptions<K, V> {
  /** Name of the store: it can then be queried, and its changelog topic keeps its name when the topology changes. */
  readonly store?: string;
  /** With a write-back cache: one update downstream for each key and commit (default true). */
  readonly cached?: boolean;
  /** With a changelog topic (default true). Without one, a new machine starts with an empty store. */
  readonly logged?: boolean;
  /** On disk (default true), or in memory only. */
  readonly persistent?: boolean;
  /** Settings of the changelog topic that differ from the defaults, such as `min.insync.replicas`. */
  readonly logConfig?: Readonly<Record<string, string>>;
  /**
   * Keeps the history of each row, so far back in stream time (KIP-889). Needs `store`. Updates out of order become history
   * instead of the row, and joins of streams look up what held at the record's time. Such a store has no cache.
   */
  readonly versioned?: { readonly historyRetentionMs: number };
}

export interface TableOptions<K, V> extends SourceOptions<K, V>, Omit<StoreOptions<K, V>, 'key' | 'value'> {}

/** A table that every process reads whole: it is held in memory, without a changelog, and begins at the topic's start. */
export interface GlobalTableOptions<K, V>
  extends Omit<SourceOptions<K, V>, 'offsetReset'>, Pick<StoreOptions<K, V>, 'store'> {}

/** An operator that may keep a store, and its own name. */
export interface MaterializedOptions<K, V> extends NamedOptions, StoreOptions<K, V> {}

export interface WindowStoreOptions<K, V> extends Omit<MaterializedOptions<K, V>, 'versioned'> {
  /** How long windows are kept, in ms (default: window size + grace; never less). */
  readonly retentionMs?: number;
}

/** Kafka Streams' `Grouped`: the name is also that of the repartition topic, `<name>-repartition`. */
export interface GroupedOptions<K, V> extends NamedOptions, SerdeOptions<K, V> {}

export interface RepartitionOptions<K, V> extends NamedOptions, SerdeOptions<K, V> {
  /** Number of partitions (default: as many as the sources upstream). */
  readonly partitions?: number;
  /** The partition for a record, or null for the default (murmur2 of the key's bytes). */
  partitioner?(this: void, topic: string, key: K, value: V, partitions: number): number | null;
}

/** Kafka Streams' `Produced`. */
export interface SinkOptions<K, V> extends NamedOptions, SerdeOptions<K, V> {
  /** The partition for a record, or null for the default (murmur2 of the key's bytes). */
  partitioner?(this: void, topic: string, key: K, value: V, partitions: number): number | null;
}

/** Kafka Streams' `Joined`: the serdes are those of the stream side, for a repartition topic where one is needed. */
export interface JoinOptions<K, V> extends NamedOptions, SerdeOptions<K, V> {
  /**
   * For a versioned table: records wait until stream time is that far past them, in ms, so that updates of the table which
   * come late are seen. They wait in a logged store, `<name>-Buffer`.
   */
  readonly graceMs?: number;
}

/** Kafka Streams' `StreamJoined`: two window stores, and for outer joins a third one. */
export interface StreamJoinOptions<K, V, VO> extends NamedOptions, SerdeOptions<K, V> {
  /** Serde of the other side's values. Default: what that stream knows from upstream. */
  readonly otherValue?: Serde<VO>;
  /** Base name of the stores: `<store>-this-join-store`, `<store>-other-join-store` and so on. */
  readonly store?: string;
  /** With changelog topics (default true). */
  readonly logged?: boolean;
  /** On disk (default true), or in memory only. */
  readonly persistent?: boolean;
  /** Settings of the changelog topics that differ from the defaults. */
  readonly logConfig?: Readonly<Record<string, string>>;
}

/** For joins by a foreign key. The serdes of the two tables are needed where the tables do not know them. */
export interface ForeignJoinOptions<K, V, KO, VO, R> extends MaterializedOptions<K, R> {
  readonly thisValue?: Serde<V>;
  readonly otherKey?: Serde<KO>;
  readonly otherValue?: Serde<VO>;
}

/** For `process`: the serdes are those of what leaves the processor. */
export interface ProcessOptions<K, V> extends NamedOptions, SerdeOptions<K, V> {
  /** Stores of the builder ({@link StreamsBuilder.addStore}) or of tables that the processor uses. */
  readonly stores?: readonly string[];
}

/** For `sinkTo`: the serdes are used only where an internal topic is needed between the source and the sink. */
export interface ExternalSinkOptions<K, V> extends NamedOptions, SerdeOptions<K, V> {}

/** Kafka Streams' names of its topology optimisations. */
export const OPTIMIZATION_RULES = [
  'reuse.ktable.source.topics',
  'merge.repartition.topics',
  'single.store.self.join',
] as const;

export type OptimizationRule = (typeof OPTIMIZATION_RULES)[number];

export interface BuildOptions {
  /**
   * Kafka Streams' `topology.optimization` (default `none`). `reuse.ktable.source.topics`: a table that is read from a
   * topic is restored from it and has no changelog of its own. `merge.repartition.topics`: one repartition after an
   * operator that changes the key, instead of one for each consumer. `single.store.self.join`: a stream joined with itself
   * keeps its records once. Each changes names and task ids: a running
   * application needs a reset.
   */
  readonly optimization?: 'none' | 'all' | readonly OptimizationRule[];
}
