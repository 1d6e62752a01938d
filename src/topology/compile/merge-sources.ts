import { StreamsError } from '../../core/errors.ts';
import type { LogicalNode } from '../nodes/node.ts';
import type { SourceNode } from '../nodes/source-node.ts';

/**
 * Two streams of the same topics share one source, the first. Answers which node stands for each.
 *
 * @throws TOPOLOGY_INVALID when two streams share some of their topics, or differ in where they begin
 */
export function mergeSources(nodes: readonly LogicalNode[]): ReadonlyMap<LogicalNode, SourceNode> {
  const standsFor = new Map<LogicalNode, SourceNode>();
  const byTopics = new Map<string, SourceNode>();
  const owner = new Map<string, SourceNode>();
  for (const node of nodes) {
    if (node.kind !== 'source') continue;
    const id = node.pattern ? `/${node.pattern.source}/${node.pattern.flags}` : [...node.topics].sort().join(' ');
    const first = byTopics.get(id);
    if (first !== undefined) {
      if (first.offsetReset !== node.offsetReset) {
        throw new StreamsError(
          'TOPOLOGY_INVALID',
          `${first.name} and ${node.name} read the same topics but begin at different places; give both the same offsetReset.`,
        );
      }
      standsFor.set(node, first);
      continue;
    }
    byTopics.set(id, node);
    for (const topic of node.topics) {
      const other = owner.get(topic);
      if (other !== undefined) {
        throw new StreamsError(
          'TOPOLOGY_INVALID',
          `Topic ${topic} is read by ${other.name} and by ${node.name}, together with different others; read the same list of topics in both, or each topic in a stream of its own and merge them.`,
        );
      }
      owner.set(topic, node);
    }
  }
  return standsFor;
}
