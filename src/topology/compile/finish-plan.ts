import type { StoreSpec } from '../../state/store-spec.ts';
import type { GlobalStore, PlanNode, SubTopology, TopologyPlan } from '../topology.ts';
import { changelogTopic } from './internal-topics.ts';
import { invalid } from './require-serde.ts';
import type { DraftNode, PlanBuilder } from './plan-builder.ts';
import { connectedGroups } from './sub-topologies.ts';

/** Freezes what was collected into a plan. `copartitioned` are groups of names of source nodes. */
export function finishPlan(plan: PlanBuilder, copartitioned: readonly (readonly string[])[]): TopologyPlan {
  for (const store of plan.stores.values()) {
    if (store.logged && store.sourceTopic === undefined) plan.addTopic(changelogTopic(store));
  }
  const groups = copartitioned.map((names) => [...new Set(names.flatMap((name) => topicsOf(plan, name)))]);
  for (const group of groups) checkFixedPartitions(plan, group);
  const subTopologies: SubTopology[] = [];
  const globalStores: GlobalStore[] = [];
  for (const [id, nodes] of connectedGroups(plan).entries()) {
    const global = globalStore(plan, id, nodes);
    if (global === null) subTopologies.push(subTopology(plan, id, nodes, groups));
    else globalStores.push(global);
  }
  return Object.freeze({
    subTopologies: Object.freeze(subTopologies),
    stores: new Map([...plan.stores].sort(([a], [b]) => (a < b ? -1 : 1))),
    internalTopics: Object.freeze([...plan.topics.values()]),
    globalStores: Object.freeze(globalStores),
  });
}

function topicsOf(plan: PlanBuilder, source: string): readonly string[] {
  const node = plan.nodes.get(source);
  return node?.kind === 'source' ? node.topics : [];
}

function checkFixedPartitions(plan: PlanBuilder, group: readonly string[]): void {
  const fixed = group.flatMap((topic) => {
    const partitions = plan.topics.get(topic)?.partitions ?? null;
    return partitions === null ? [] : [{ topic, partitions }];
  });
  const first = fixed[0];
  const other = fixed.find(({ partitions }) => partitions !== first?.partitions);
  if (first !== undefined && other !== undefined) {
    throw invalid(
      `${first.topic} has ${first.partitions} partitions and ${other.topic} has ${other.partitions}, but they are joined: give both repartition(...) the same \`partitions\`.`,
    );
  }
}

/** The two nodes of a global store; null for other groups. */
function globalStore(plan: PlanBuilder, id: number, drafts: readonly DraftNode[]): GlobalStore | null {
  const [first, second] = drafts;
  const store = plan.globalStores.get(first?.name ?? '');
  if (store === undefined || first === undefined || second === undefined) return null;
  const source = planNode(first, [second.name]);
  const processor = planNode(second, []);
  if (source.kind !== 'source' || processor.kind !== 'processor') return null;
  return Object.freeze({ id, source, processor, store });
}

function subTopology(
  plan: PlanBuilder,
  id: number,
  drafts: readonly DraftNode[],
  groups: readonly (readonly string[])[],
): SubTopology {
  const children = new Map<string, string[]>(drafts.map(({ name }) => [name, []]));
  for (const { name, parents } of drafts) for (const parent of parents) children.get(parent)?.push(name);
  const nodes = drafts.map((draft) => planNode(draft, children.get(draft.name) ?? []));
  const topics = new Set(nodes.flatMap((node) => (node.kind === 'source' ? node.topics : [])));
  const names = new Set(nodes.flatMap((node) => (node.kind === 'processor' ? node.stores : [])));
  const stores: StoreSpec[] = [];
  for (const name of [...names].sort()) {
    const store = plan.stores.get(name);
    if (store !== undefined) stores.push(store);
  }
  return Object.freeze({
    id,
    nodes: Object.freeze(nodes),
    sources: Object.freeze(nodes.filter((node) => node.kind === 'source')),
    sinks: Object.freeze(nodes.filter((node) => node.kind === 'sink')),
    external: nodes.find((node) => node.kind === 'external') ?? null,
    stores: Object.freeze(stores),
    copartitionGroups: Object.freeze(
      groups.filter((group) => group.length > 1 && group.every((topic) => topics.has(topic))),
    ),
  });
}

function planNode(draft: DraftNode, children: readonly string[]): PlanNode {
  switch (draft.kind) {
    case 'source':
    case 'external':
      return Object.freeze({ ...draft, children });
    case 'processor': {
      const { stateless: _stateless, ...node } = draft;
      return Object.freeze({ ...node, children });
    }
    case 'sink': {
      const { bucket: _bucket, ...node } = draft;
      return Object.freeze({ ...node, children });
    }
  }
}
