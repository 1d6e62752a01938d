import type { LogicalNode } from '../nodes/node.ts';

/**
 * The nodes upstream of an outer join of a stream, which gives records without a key a result too (KIP-962). A repartition that is not among them drops such records instead of sending them.
 */
export function nullKeyReaders(
  nodes: readonly LogicalNode[],
  parentsOf: (node: LogicalNode) => readonly LogicalNode[],
): ReadonlySet<LogicalNode> {
  const upstream = new Set<LogicalNode>();
  const visit = (node: LogicalNode): void => {
    for (const parent of parentsOf(node)) {
      if (upstream.has(parent)) continue;
      upstream.add(parent);
      visit(parent);
    }
  };
  for (const node of nodes) if (readsNullKeys(node)) visit(node);
  return upstream;
}

function readsNullKeys(node: LogicalNode): boolean {
  if (node.kind === 'streamTableJoin' || node.kind === 'globalJoin') return node.left;
  return node.kind === 'streamJoin' && node.type !== 'inner';
}
