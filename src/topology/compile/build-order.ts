import type { LogicalNode } from '../nodes/node.ts';
import type { GraphView } from './graph-view.ts';

/**
 * The order in which nodes enter the plan: that of declaration, where a node that was declared twice (a repartition
 * shared by name) counts from its last time, and what follows it waits. Sub-topologies are numbered by this order.
 */
export function buildOrder({ nodes, after, ...view }: GraphView): readonly LogicalNode[] {
  const parentsOf = (node: LogicalNode): readonly LogicalNode[] => view.parentsOf(node);
  const place = new Map<LogicalNode, number>();
  for (const [i, node] of nodes.entries()) place.set(node, i);
  for (const [node, before] of after) place.set(node, (place.get(before) ?? 0) + 0.5);
  const children = new Map<LogicalNode, LogicalNode[]>();
  for (const node of place.keys()) {
    for (const parent of parentsOf(node)) children.set(parent, [...(children.get(parent) ?? []), node]);
  }
  const written = new Set<LogicalNode>();
  const waiting = new Set([...place.keys()].filter((node) => parentsOf(node).length === 0));
  while (waiting.size > 0) {
    let next: LogicalNode | undefined;
    for (const node of waiting) {
      if (next === undefined || (place.get(node) ?? 0) < (place.get(next) ?? 0)) next = node;
    }
    if (next === undefined) break;
    waiting.delete(next);
    if (!parentsOf(next).every((parent) => written.has(parent))) continue;
    written.add(next);
    for (const child of children.get(next) ?? []) waiting.add(child);
  }
  return [...written];
}
