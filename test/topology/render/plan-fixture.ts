import type { Serde } from '../../../src/core/serde.ts';
import type { StoreSpec } from '../../../src/state/store-spec.ts';
import type { StagePlan } from '../../../src/topology/render/picture.ts';
import type {
  ExternalSinkNode,
  PlanNode,
  ProcessorNode,
  SinkNode,
  SourceNode,
  SubTopology,
  TopologyPlan,
} from '../../../src/topology/topology.ts';

const text: Serde<unknown> = {
  name: 'string',
  serialize: (_topic, value) => Buffer.from(String(value)),
  deserialize: (_topic, bytes) => bytes.toString(),
};

export function source(name: string, topics: string[], children: string[], more: Partial<SourceNode> = {}): SourceNode {
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
    ...more,
  };
}

export function processor(name: string, parents: string[], children: string[], stores: string[] = []): ProcessorNode {
  return { kind: 'processor', name, parents, children, stores, supplier: () => ({ process: () => undefined }) };
}

export function sink(name: string, topic: SinkNode['topic'], parents: string[], internal = false): SinkNode {
  return { kind: 'sink', name, parents, children: [], topic, internal, key: text, value: text, partitioner: null };
}

export function external(name: string, description: string, parents: string[]): ExternalSinkNode {
  const connector = { description, open: () => Promise.reject(new Error('only drawn')) };
  return { kind: 'external', name, parents, children: [], connector };
}

export function store(name: string, more: Partial<StoreSpec> = {}): StoreSpec {
  return {
    name,
    kind: 'timestampedKeyValue',
    key: text,
    value: text,
    persistent: true,
    cached: true,
    logged: true,
    logConfig: {},
    ...more,
  };
}

export function subTopology(id: number, nodes: PlanNode[], stores: StoreSpec[] = []): SubTopology {
  return {
    id,
    nodes,
    stores,
    sources: nodes.filter((node) => node.kind === 'source'),
    sinks: nodes.filter((node) => node.kind === 'sink'),
    external: nodes.find((node) => node.kind === 'external') ?? null,
    copartitionGroups: [],
  };
}

export function plan(...subTopologies: SubTopology[]): TopologyPlan {
  const stores = subTopologies.flatMap((part) => part.stores);
  return {
    subTopologies,
    stores: new Map(stores.map((spec) => [spec.name, spec])),
    globalStores: [],
    internalTopics: [],
  };
}

/** Words counted: a repartition, a store, and a table sink of its own. */
export const wordCount: TopologyPlan = {
  ...plan(
    subTopology(0, [
      source('KSTREAM-SOURCE-0000000000', ['lines'], ['KSTREAM-FLATMAPVALUES-0000000001']),
      processor('KSTREAM-FLATMAPVALUES-0000000001', ['KSTREAM-SOURCE-0000000000'], ['not "the"']),
      processor('not "the"', ['KSTREAM-FLATMAPVALUES-0000000001'], ['KSTREAM-SINK-0000000004']),
      sink('KSTREAM-SINK-0000000004', 'by-word-repartition', ['not "the"'], true),
    ]),
    subTopology(
      1,
      [
        source('KSTREAM-SOURCE-0000000005', ['by-word-repartition'], ['count'], { internal: true }),
        processor('count', ['KSTREAM-SOURCE-0000000005'], ['words', 'to-lake'], ['counts']),
        sink('words', 'word-counts', ['count']),
        sink('to-lake', 'lake-sink', ['count'], true),
      ],
      [store('counts')],
    ),
    subTopology(2, [
      source('KSTREAM-SOURCE-0000000008', ['lake-sink'], ['lake'], { internal: true }),
      external('lake', 'delta words, totals', ['KSTREAM-SOURCE-0000000008']),
    ]),
  ),
  internalTopics: [
    { name: 'by-word-repartition', kind: 'repartition', partitions: null, config: {}, store: null },
    { name: 'counts-changelog', kind: 'changelog', partitions: null, config: {}, store: 'counts' },
    { name: 'lake-sink', kind: 'sink', partitions: null, config: {}, store: null },
  ],
};

/** A second stage that reads what the first one writes, and writes the same table. */
export const alerts: TopologyPlan = plan(
  subTopology(0, [
    source('counts', ['word-counts'], ['rare', 'keep']),
    processor('rare', ['counts'], ['elsewhere']),
    sink('elsewhere', () => 'any', ['rare']),
    external('keep', 'delta totals', ['counts']),
  ]),
  subTopology(1, [
    source('others', [], ['forward', 'page'], { pattern: /^other-.*/ }),
    sink('forward', 'words.dlq', ['others']),
    external('page', 'https://example.org/<hook>', ['others']),
  ]),
);

export const stages: readonly StagePlan[] = [
  { name: 'count', applicationId: 'word-count', plan: wordCount },
  { name: 'alert', applicationId: 'alert', plan: alerts },
];
