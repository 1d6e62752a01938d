import type { RecordContext } from '../core/record.ts';
import type { Serde } from '../core/serde.ts';
import type { ProcessorSupplier } from '../processors/processor.ts';
import type { SinkConnector } from '../sinks/sink.ts';
import type { StoreSpec } from '../state/store-spec.ts';

/** What `StreamsBuilder.build()` answers: the plan, and its pictures. */
export interface Topology {
  readonly plan: TopologyPlan;
  /** Kafka Streams' own text of `Topology#describe()`. */
  describe(): string;
  toMermaid(): string;
  toDot(): string;
  /** Laid out by Graphviz. */
  toSvg(): Promise<string>;
  toJSON(): unknown;
}

/** The plan that the runtime runs: what the compiler makes of the declared graph. Frozen data. */
export interface TopologyPlan {
  readonly subTopologies: readonly SubTopology[];
  /** In the plan's order, all stores by name. */
  readonly stores: ReadonlyMap<string, StoreSpec>;
  readonly internalTopics: readonly InternalTopic[];
  /** Filled by each process from all partitions of a topic, and seen by all tasks. They have no tasks of their own. */
  readonly globalStores: readonly GlobalStore[];
}

/** A store with the source that it is read from, and the processor that writes it. */
export interface GlobalStore {
  /** Counted with the sub-topologies, as in Kafka Streams. */
  readonly id: number;
  readonly source: SourceNode;
  readonly processor: ProcessorNode;
  readonly store: StoreSpec;
}

/** A part of the graph that is connected without going through a topic. Its tasks are `<id>_<partition>`. */
export interface SubTopology {
  readonly id: number;
  /** Parents before children. */
  readonly nodes: readonly PlanNode[];
  readonly sources: readonly SourceNode[];
  readonly sinks: readonly SinkNode[];
  /** Set when this sub-topology feeds a table: then it holds stateless nodes and this one external sink. */
  readonly external: ExternalSinkNode | null;
  readonly stores: readonly StoreSpec[];
  /** Source topics that must have the same number of partitions. */
  readonly copartitionGroups: readonly (readonly string[])[];
}

export type PlanNode = SourceNode | ProcessorNode | SinkNode | ExternalSinkNode;

interface NodeBase {
  readonly name: string;
  readonly parents: readonly string[];
  readonly children: readonly string[];
}

export interface SourceNode extends NodeBase {
  readonly kind: 'source';
  /** Topic names as on the broker, except that internal ones lack the `<application id>-` prefix (see `internal`). */
  readonly topics: readonly string[];
  readonly pattern: RegExp | null;
  /** True when the one topic is a repartition or sink topic of this application. */
  readonly internal: boolean;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  readonly timestampExtractor: TimestampExtractor | null;
  /** Where a partition without a committed offset begins; null: the application's setting. */
  readonly offsetReset: 'earliest' | 'latest' | null;
  /** Retry buckets: when the record may be processed (ms since the epoch). The partition waits, others go on. */
  readonly notBefore: ((record: RecordContext) => number) | null;
  /** Retry buckets: when the partition waits for the task's other partitions. Absent: never. */
  readonly pause?: LagPause;
}

/** Records behind, summed over the partitions of a task that are no retry buckets. The same object for all buckets of a retry. */
export interface LagPause {
  /** More than this begins a pause … */
  readonly above: number;
  /** … which ends at this, or below. */
  readonly resumeAt: number;
}

export interface ProcessorNode extends NodeBase {
  readonly kind: 'processor';
  readonly supplier: ProcessorSupplier;
  readonly stores: readonly string[];
}

export interface SinkNode extends NodeBase {
  readonly kind: 'sink';
  /** A topic, or a function that names one for each record. */
  readonly topic: string | TopicNameExtractor;
  readonly internal: boolean;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  readonly partitioner: StreamPartitioner | null;
}

export interface ExternalSinkNode extends NodeBase {
  readonly kind: 'external';
  readonly connector: SinkConnector;
}

export interface InternalTopic {
  /** Without the `<application id>-` prefix. */
  readonly name: string;
  readonly kind: 'repartition' | 'sink' | 'retry' | 'changelog';
  /** null: as many as the sources of the sub-topology that writes it (repartition, sink) or owns it (changelog). */
  readonly partitions: number | null;
  readonly config: Readonly<Record<string, string>>;
  /** Changelogs: the store. */
  readonly store: string | null;
}

/** The event time of a record, in ms. A negative answer drops the record and counts it. */
export type TimestampExtractor = (
  key: unknown,
  value: unknown,
  record: RecordContext,
  partitionTimeMs: number,
) => number;

export type TopicNameExtractor<K = unknown, V = unknown> = (key: K, value: V, record: RecordContext) => string;

/** The partition for a record, or null for the default (murmur2 of the key bytes; without a key, any). */
export type StreamPartitioner<K = unknown, V = unknown> = (
  topic: string,
  key: K,
  value: V,
  partitions: number,
) => number | null;
