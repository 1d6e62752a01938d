import type { Serde } from '../../src/core/serde.ts';
import type { ProcessorSupplier } from '../../src/processors/processor.ts';
import type {
  InternalTopic,
  PlanNode,
  ProcessorNode,
  SinkNode,
  SourceNode,
  SubTopology,
  TopologyPlan,
} from '../../src/topology/topology.ts';

/** Small plans written by hand, for tests of what runs a plan. */
export const text: Serde<unknown> = {
  name: 'text',
  serialize: (_topic, value) => Buffer.from(String(value)),
  deserialize: (_topic, bytes) => bytes.toString(),
};

export function source(
  name: string,
  topics: readonly string[],
  children: readonly string[],
  over: Partial<SourceNode> = {},
): SourceNode {
  return {
    kind: 'source',
    name,
    parents: [],
    children,
    topics,
    pattern: null,
    internal: false,
    key: text,
    value: text,
    timestampExtractor: null,
    offsetReset: null,
    notBefore: null,
    ...over,
  };
}

export function processor(
  name: string,
  parents: readonly string[],
  children: readonly string[],
  supplier: ProcessorSupplier,
): ProcessorNode {
  return { kind: 'processor', name, parents, children, supplier, stores: [] };
}

export function sink(name: string, topic: SinkNode['topic'], parents: readonly string[], internal = false): SinkNode {
  return { kind: 'sink', name, topic, internal, parents, children: [], key: text, value: text, partitioner: null };
}

export function subTopology(
  id: number,
  nodes: readonly PlanNode[],
  copartitionGroups: readonly (readonly string[])[] = [],
): SubTopology {
  return {
    id,
    nodes,
    sources: nodes.filter((node) => node.kind === 'source'),
    sinks: nodes.filter((node) => node.kind === 'sink'),
    external: null,
    stores: [],
    copartitionGroups,
  };
}

export function planOf(
  subTopologies: readonly SubTopology[],
  internalTopics: readonly InternalTopic[] = [],
): TopologyPlan {
  return { subTopologies, stores: new Map(), internalTopics, globalStores: [] };
}

export const repartition = (name: string, partitions: number | null = null): InternalTopic => ({
  name,
  kind: 'repartition',
  partitions,
  config: { 'cleanup.policy': 'delete' },
  store: null,
});
