import type { RecordContext } from '../core/record.ts';
import type { Serde } from '../core/serde.ts';
import type { AsyncMapper, DedupeOptions, Failure, MapAsyncOptions, RetryOptions } from '../processors/options.ts';
import type { ProcessorSupplier } from '../processors/processor.ts';
import type { DeltaOptions } from '../sinks/delta/options.ts';
import type { SinkConnector } from '../sinks/sink.ts';
import type { GlobalKTable } from './global-table.ts';
import type { GroupedStream } from './grouped-stream.ts';
import type { JoinWindows } from './join-windows.ts';
import type {
  ExternalSinkOptions,
  GroupedOptions,
  JoinOptions,
  MaterializedOptions,
  NamedOptions,
  ProcessOptions,
  RepartitionOptions,
  SinkOptions,
  StreamJoinOptions,
} from './options.ts';
import type { SplitStream } from './split-stream.ts';
import type { KTable } from './table.ts';
import type { TopicNameExtractor } from './topology.ts';

export type Predicate<K, V> = (value: V, key: K, record: RecordContext) => boolean;
export type ValueMapper<K, V, R> = (value: V, key: K, record: RecordContext) => R;

/**
 * A stream of records: each one is a fact of its own, not an update of the one before.
 *
 * Operators that may change the key (`map`, `flatMap`, `selectKey`, `groupBy`, `process`) mark the stream; the next
 * grouping, join or `toTable` then goes through a repartition topic. The `…Values` operators keep the key and need none.
 */
export interface KStream<K, V> {
  /** What is known of the keys' serde; null after an operator that may have changed their type. */
  readonly keySerde: Serde<K> | null;
  /** What is known of the values' serde; null after an operator that may have changed their type. */
  readonly valueSerde: Serde<V> | null;

  /** Keeps the records for which the predicate holds. */
  filter<S extends V>(
    predicate: (value: V, key: K, record: RecordContext) => value is S,
    options?: NamedOptions,
  ): KStream<K, S>;
  filter(predicate: Predicate<K, V>, options?: NamedOptions): KStream<K, V>;
  /** Drops the records for which the predicate holds. */
  filterNot(predicate: Predicate<K, V>, options?: NamedOptions): KStream<K, V>;
  /** One record for each record, under another key. Marks the stream for repartition. */
  map<KR, VR>(
    mapper: (value: V, key: K, record: RecordContext) => readonly [KR, VR],
    options?: NamedOptions,
  ): KStream<KR, VR>;
  /** One record for each record, under the same key. */
  mapValues<VR>(mapper: ValueMapper<K, V, VR>, options?: NamedOptions): KStream<K, VR>;
  /** Any number of records for each record, under other keys. Marks the stream for repartition. */
  flatMap<KR, VR>(
    mapper: (value: V, key: K, record: RecordContext) => Iterable<readonly [KR, VR]>,
    options?: NamedOptions,
  ): KStream<KR, VR>;
  /** Any number of records for each record, under the same key. */
  flatMapValues<VR>(mapper: ValueMapper<K, V, Iterable<VR>>, options?: NamedOptions): KStream<K, VR>;
  /** The same value under another key. Marks the stream for repartition. */
  selectKey<KR>(mapper: ValueMapper<K, V, KR>, options?: NamedOptions): KStream<KR, V>;
  /** Looks at each record and passes it on. */
  peek(action: (value: V, key: K, record: RecordContext) => void, options?: NamedOptions): KStream<K, V>;
  /** Ends the stream in a function. */
  forEach(action: (value: V, key: K, record: RecordContext) => void, options?: NamedOptions): void;
  /** Ends the stream in lines of text: `[label]: key, value`. `write` gets each line (default: standard output). */
  print(options?: NamedOptions & { readonly label?: string; readonly write?: (line: string) => void }): void;

  /** Sends each record to the first branch whose predicate holds. */
  split(options?: NamedOptions): SplitStream<K, V>;
  /** The records of both, in the order they come. */
  merge<VO>(other: KStream<K, VO>, options?: NamedOptions): KStream<K, V | VO>;
  /** Through a topic of its own, partitioned by key. */
  repartition(options?: RepartitionOptions<K, V>): KStream<K, V>;
  /** Reads each record as an update of its key; null deletes. */
  toTable(options?: MaterializedOptions<K, V>): KTable<K, V>;
  groupByKey(options?: GroupedOptions<K, V>): GroupedStream<K, V>;
  /** Marks the stream for repartition. The options' name is that of the repartition topic. */
  groupBy<KR>(mapper: ValueMapper<K, V, KR>, options?: GroupedOptions<KR, V>): GroupedStream<KR, V>;

  /** For each record of this stream the table's value of the same key; nothing where the table has none. */
  join<VT, R>(
    table: KTable<K, VT>,
    joiner: (value: V, tableValue: VT, key: K) => R,
    options?: JoinOptions<K, V>,
  ): KStream<K, R>;
  /**
   * Pairs of a record of this stream and one of the other with the same key whose times are close enough. Each pair comes
   * out once, with the later time of the two. Records with a null key or value have no partner.
   */
  join<VO, R>(
    other: KStream<K, VO>,
    joiner: (value: V, other: VO, key: K) => R,
    windows: JoinWindows,
    options?: StreamJoinOptions<K, V, VO>,
  ): KStream<K, R>;
  /** For each record the global table's value of the key that `keyOf` names; nothing where the table has none. */
  join<KG, VG, R>(
    table: GlobalKTable<KG, VG>,
    keyOf: (value: V, key: K) => KG | null,
    joiner: (value: V, tableValue: VG, key: K) => R,
    options?: NamedOptions,
  ): KStream<K, R>;
  /** As {@link join}, with null where the table has none. */
  leftJoin<VT, R>(
    table: KTable<K, VT>,
    joiner: (value: V, tableValue: VT | null, key: K) => R,
    options?: JoinOptions<K, V>,
  ): KStream<K, R>;

  /** As {@link join}, and null for the partner that a record of this stream has not found by the end of its window. */
  leftJoin<VO, R>(
    other: KStream<K, VO>,
    joiner: (value: V, other: VO | null, key: K) => R,
    windows: JoinWindows,
    options?: StreamJoinOptions<K, V, VO>,
  ): KStream<K, R>;
  /** As {@link join}, with null where the table has none, and where `keyOf` names no key. */
  leftJoin<KG, VG, R>(
    table: GlobalKTable<KG, VG>,
    keyOf: (value: V, key: K) => KG | null,
    joiner: (value: V, tableValue: VG | null, key: K) => R,
    options?: NamedOptions,
  ): KStream<K, R>;
  /** As {@link join}, and null for the partner that a record of either stream has not found by the end of its window. */
  outerJoin<VO, R>(
    other: KStream<K, VO>,
    joiner: (value: V | null, other: VO | null, key: K) => R,
    windows: JoinWindows,
    options?: StreamJoinOptions<K, V, VO>,
  ): KStream<K, R>;

  /** A processor of the application. Marks the stream for repartition. */
  process<KR, VR>(supplier: ProcessorSupplier<K, V, KR, VR>, options?: ProcessOptions<KR, VR>): KStream<KR, VR>;
  /** As {@link process}, for a processor that keeps the key. */
  processValues<VR>(supplier: ProcessorSupplier<K, V, K, VR>, options?: ProcessOptions<K, VR>): KStream<K, VR>;

  /** Writes to a topic, or to the topic that a function names for each record. */
  to(topic: string | TopicNameExtractor<K, V>, options?: SinkOptions<K, V>): void;

  /**
   * Calls an async function for each record, several at a time. The key stays. `onError` turns the error of a call into a
   * result of its own type.
   */
  mapAsync<R, E = R>(mapper: AsyncMapper<K, V, R>, options?: MapAsyncOptions<K, V, E>): KStream<K, R | E>;
  /** Drops records seen before, by key or by an id. */
  dedupe(options?: DedupeOptions<K, V>): KStream<K, V>;
  /**
   * Tries again later. `body` gets this stream merged with what comes back from the bucket topics when due. A
   * {@link Failure} that leaves the body goes to the next bucket or to the dead letter; everything else leaves the retry.
   */
  retry<KR, R, D = V>(
    options: RetryOptions<K, V, D>,
    body: (attempts: KStream<K, V>) => KStream<KR, R>,
  ): KStream<KR, Exclude<R, Failure<unknown>>>;
  /** Ends the stream in a system outside Kafka that keeps its own position, such as a Delta table. */
  sinkTo(connector: SinkConnector<K, V>, options?: ExternalSinkOptions<K, V>): void;
  /**
   * Ends the stream in a Delta table, exactly once. As `sinkTo(delta(table, options), options)`, but for when the options
   * are checked: here when the sink is opened, there at once.
   */
  toDelta(table: string, options: DeltaOptions<K, V> & ExternalSinkOptions<K, V>): void;
}
