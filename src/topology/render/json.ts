import type { StoreSpec } from '../../state/store-spec.ts';
import type { InternalTopic, PlanNode, SubTopology, TopologyPlan } from '../topology.ts';
import type { StagePlan } from './picture.ts';

/** A plan as plain data: names instead of functions. Stable for tools: fields are added, never renamed. */
export interface PlanJson {
  readonly subTopologies: readonly SubTopologyJson[];
  readonly stores: readonly StoreJson[];
  readonly internalTopics: readonly InternalTopic[];
}

export interface SubTopologyJson {
  readonly id: number;
  readonly nodes: readonly NodeJson[];
  readonly stores: readonly string[];
  readonly copartitionGroups: readonly (readonly string[])[];
}

export interface NodeJson {
  readonly name: string;
  readonly kind: PlanNode['kind'];
  readonly parents: readonly string[];
  readonly children: readonly string[];
  readonly topics?: readonly string[];
  readonly pattern?: string;
  readonly internal?: boolean;
  readonly key?: string;
  readonly value?: string;
  readonly stores?: readonly string[];
  readonly connector?: string;
}

export interface StoreJson {
  readonly name: string;
  readonly kind: StoreSpec['kind'];
  readonly key: string;
  readonly value: string;
  readonly persistent: boolean;
  readonly cached: boolean;
  readonly logged: boolean;
  readonly retentionMs?: number;
  readonly windowSizeMs?: number;
}

export interface AppJson {
  readonly stages: readonly ({ readonly name: string; readonly applicationId: string } & PlanJson)[];
  /** Every topic that stages share with each other or with the world, and who reads and writes it. */
  readonly topics: readonly { readonly name: string; readonly writers: string[]; readonly readers: string[] }[];
}

export function renderJson(plan: TopologyPlan): PlanJson {
  return {
    subTopologies: plan.subTopologies.map(subTopologyJson),
    stores: [...plan.stores.values()].map(storeJson),
    internalTopics: plan.internalTopics,
  };
}

export function renderAppJson(stages: readonly StagePlan[]): AppJson {
  const topics = new Map<string, { name: string; writers: string[]; readers: string[] }>();
  const topic = (name: string) => {
    const there = topics.get(name) ?? { name, writers: [], readers: [] };
    topics.set(name, there);
    return there;
  };
  for (const { name, plan } of stages) {
    for (const node of plan.subTopologies.flatMap((subTopology) => subTopology.nodes)) {
      if (node.kind === 'source' && !node.internal) for (const read of node.topics) add(topic(read).readers, name);
      if (node.kind === 'sink' && !node.internal && typeof node.topic === 'string') {
        add(topic(node.topic).writers, name);
      }
    }
  }
  return {
    stages: stages.map(({ name, applicationId, plan }) => ({ name, applicationId, ...renderJson(plan) })),
    topics: [...topics.values()],
  };
}

function add(names: string[], name: string): void {
  if (!names.includes(name)) names.push(name);
}

function subTopologyJson({ id, nodes, stores, copartitionGroups }: SubTopology): SubTopologyJson {
  return { id, nodes: nodes.map(nodeJson), stores: stores.map((store) => store.name), copartitionGroups };
}

function nodeJson(node: PlanNode): NodeJson {
  const { name, kind, parents, children } = node;
  const base = { name, kind, parents, children };
  switch (node.kind) {
    case 'source':
      return {
        ...base,
        topics: node.topics,
        ...(node.pattern ? { pattern: node.pattern.source } : {}),
        internal: node.internal,
        key: node.key.name,
        value: node.value.name,
      };
    case 'processor':
      return { ...base, stores: node.stores };
    case 'sink':
      return {
        ...base,
        ...(typeof node.topic === 'string' ? { topics: [node.topic] } : {}),
        internal: node.internal,
        key: node.key.name,
        value: node.value.name,
      };
    case 'external':
      return { ...base, connector: node.connector.description };
  }
}

function storeJson(store: StoreSpec): StoreJson {
  const { name, kind, key, value, persistent, cached, logged, retentionMs, windowSizeMs } = store;
  return {
    name,
    kind,
    key: key.name,
    value: value.name,
    persistent,
    cached,
    logged,
    ...(retentionMs === undefined ? {} : { retentionMs }),
    ...(windowSizeMs === undefined ? {} : { windowSizeMs }),
  };
}
