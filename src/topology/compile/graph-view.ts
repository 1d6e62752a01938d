import type { LogicalNode } from '../nodes/node.ts';

/** The declared graph as the compiler sees it: nodes, who their parents are, and where a made-up node stands. */
export interface GraphView {
  readonly nodes: readonly LogicalNode[];
  parentsOf(node: LogicalNode): readonly LogicalNode[];
  /** For a node that was not declared: it is written right after this one. */
  readonly after: ReadonlyMap<LogicalNode, LogicalNode>;
  /** Names of source nodes that another took the place of. */
  readonly renamed: ReadonlyMap<string, string>;
}
