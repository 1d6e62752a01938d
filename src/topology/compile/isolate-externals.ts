import type { ExternalNode } from '../nodes/external-node.ts';
import { transitTopic } from './internal-topics.ts';
import { requireSerde } from './require-serde.ts';
import type { DraftNode, PlanBuilder } from './plan-builder.ts';
import { connectedGroups } from './sub-topologies.ts';

/**
 * Puts each external sink into a sub-topology of its own, where the path from its source topic has no state: it resumes
 * from the position that it keeps itself, so what stands before it must come out the same from the same input. Where the
 * path already is like that and feeds nothing else it stays; elsewhere a topic `<name>-sink` is put between.
 */
export function isolateExternals(
  plan: PlanBuilder,
  externals: readonly { node: ExternalNode; parent: string }[],
): void {
  if (externals.length === 0) return;
  const groups = connectedGroups(plan);
  for (const { node, parent } of externals) {
    const group = groups.find((one) => one.some(({ name }) => name === parent)) ?? [];
    const others = externals.filter((one) => one.node !== node && group.some(({ name }) => name === one.parent));
    if (others.length === 0 && group.every((one) => leadsOnlyTo(one, parent, group))) {
      plan.addExternal(node.name, parent, node.connector);
    } else {
      writeThrough(plan, node, parent);
    }
  }
}

/** Stateless, not a sink, and read by somebody: by the external sink, if nothing in the group reads it. */
function leadsOnlyTo(node: DraftNode, end: string, group: readonly DraftNode[]): boolean {
  if (node.kind === 'sink' || node.kind === 'external') return false;
  if (node.kind === 'processor' && !(node.stateless && node.stores.length === 0)) return false;
  return node.name === end || group.some((one) => one.parents.includes(node.name));
}

function writeThrough(plan: PlanBuilder, node: ExternalNode, parent: string): void {
  const topic = `${node.name}-sink`;
  const why = `the internal topic ${topic}, which stands between it and a path with state or other outputs`;
  const key = requireSerde(node.key, 'keys', node.name, why, 'sinkTo');
  const value = requireSerde(node.value, 'values', node.name, why, 'sinkTo');
  const source = `${node.name}-from-topic`;
  plan.addTopic(transitTopic(topic, 'sink', null));
  plan.addSink({
    name: `${node.name}-to-topic`,
    parents: [parent],
    topic,
    internal: true,
    key,
    value,
    partitioner: null,
  });
  plan.addSource({
    name: source,
    parents: [],
    topics: [topic],
    pattern: null,
    internal: true,
    key,
    value,
    timestampExtractor: null,
    offsetReset: 'earliest',
    notBefore: null,
  });
  plan.addExternal(node.name, source, node.connector);
}
