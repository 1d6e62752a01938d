import { hashOrder } from './hash-order.ts';
import type { GlobalStore, PlanNode, SubTopology, TopologyPlan } from './topology.ts';
import { TreeSet } from './tree-set.ts';

/**
 * Kafka Streams' text of a topology, to the character. External sinks, which it does not have, are printed like sinks:
 * `Sink: name (external: delta table)`.
 */
export function describe(plan: TopologyPlan): string {
  let text = 'Topologies:\n ';
  const parts = [
    ...plan.subTopologies.map((sub) => ({ id: sub.id, text: describeSubTopology(sub) })),
    ...plan.globalStores.map((global) => ({ id: global.id, text: describeGlobalStore(global) })),
  ];
  for (const part of parts.sort((a, b) => a.id - b.id)) text += `  ${part.text}`;
  return text;
}

/** A node with the size of what is downstream of it, counted once for each path. */
interface Described {
  readonly node: PlanNode;
  readonly predecessors: TreeSet<Described>;
  readonly successors: TreeSet<Described>;
  size: number;
}

function describeSubTopology(sub: SubTopology): string {
  const byName = new Map<string, Described>();
  const inOrder: Described[] = [];
  const nodes = new Map(sub.nodes.map((node) => [node.name, node]));
  for (const name of hashOrder([...nodes.keys()])) {
    const node = nodes.get(name);
    if (node === undefined) continue;
    const one = { node, predecessors: new TreeSet(compare), successors: new TreeSet(compare), size: 1 };
    byName.set(name, one);
    inOrder.push(one);
  }
  for (const one of inOrder) {
    for (const name of one.node.parents) {
      const parent = byName.get(name);
      if (parent === undefined) continue;
      one.predecessors.add(parent);
      parent.successors.add(one);
      grow(parent, one.size);
    }
  }
  const lines = inOrder.sort(compare).map((one) => `    ${describeNode(one)}\n`);
  return `Sub-topology: ${sub.id}\n${lines.join('')}\n`;
}

function describeGlobalStore({ id, source, processor, store }: GlobalStore): string {
  return (
    `Sub-topology: ${id} for global store (will not generate tasks)\n` +
    `    Source: ${source.name} (topics: [${source.topics.join(', ')}])\n      --> ${processor.name}\n` +
    `    Processor: ${processor.name} (stores: [${store.name}])\n      --> none\n      <-- ${source.name}\n`
  );
}

function grow(one: Described, by: number): void {
  one.size += by;
  for (const parent of one.predecessors.items()) grow(parent, by);
}

/** Larger subtrees first, then by name. */
function compare(one: Described, other: Described): number {
  if (one === other) return 0;
  if (one.size !== other.size) return other.size - one.size;
  return one.node.name < other.node.name ? -1 : 1;
}

function describeNode({ node, predecessors, successors }: Described): string {
  const to = `\n      --> ${names(successors)}`;
  const from = `\n      <-- ${names(predecessors)}`;
  switch (node.kind) {
    case 'source': {
      const topics = node.pattern === null ? `[${hashOrder(node.topics).join(', ')}]` : node.pattern.source;
      return `Source: ${node.name} (topics: ${topics})${to}`;
    }
    case 'processor':
      return `Processor: ${node.name} (stores: [${hashOrder(node.stores).join(', ')}])${to}${from}`;
    case 'sink': {
      const target =
        typeof node.topic === 'string' ? `topic: ${node.topic}` : `extractor class: ${extractor(node.topic)}`;
      return `Sink: ${node.name} (${target})${from}`;
    }
    case 'external':
      return `Sink: ${node.name} (external: ${node.connector.description})${from}`;
  }
}

function extractor(topic: { readonly name: string }): string {
  return topic.name === '' ? 'function' : topic.name;
}

function names(neighbours: TreeSet<Described>): string {
  return (
    neighbours
      .items()
      .map(({ node }) => node.name)
      .join(', ') || 'none'
  );
}
