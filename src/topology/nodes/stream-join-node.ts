import type { LogicalNode, LogicalNodeBase } from './node.ts';
import type { StoreDeclaration } from './store-declaration.ts';

/** Keeps the records of one side of a stream-stream join for the other side to find. */
export interface JoinWindowNode extends LogicalNodeBase {
  readonly kind: 'joinWindow';
  readonly parents: readonly [LogicalNode];
  readonly store: StoreDeclaration;
}

/**
 * A join of two streams: one processor for each side, and one where the results meet. `name` is the latter's. Its parents
 * are the two streams, as in Kafka Streams; the records come by way of the two window nodes.
 */
export interface StreamJoinNode extends LogicalNodeBase {
  readonly kind: 'streamJoin';
  readonly parents: readonly [LogicalNode, LogicalNode];
  readonly type: 'inner' | 'left' | 'outer';
  readonly thisName: string;
  readonly otherName: string;
  readonly thisWindow: JoinWindowNode;
  readonly otherWindow: JoinWindowNode;
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly graceMs: number;
  readonly joiner: (value: unknown, other: unknown, key: unknown) => unknown;
  /** What has found no partner yet; null for an inner join. */
  readonly waiting: StoreDeclaration | null;
}
