import type { LogicalNode, LogicalNodeBase } from './node.ts';

/** A join of a stream with the rows of a global table. */
export interface GlobalJoinNode extends LogicalNodeBase {
  readonly kind: 'globalJoin';
  readonly parents: readonly [LogicalNode];
  /** The global table's store. */
  readonly table: string;
  readonly left: boolean;
  readonly keyOf: (value: unknown, key: unknown) => unknown;
  readonly joiner: (value: unknown, tableValue: unknown, key: unknown) => unknown;
}
