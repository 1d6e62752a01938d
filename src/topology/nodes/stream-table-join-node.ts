import type { Serde } from '../../core/serde.ts';
import type { LogicalNode, LogicalNodeBase, TableNode } from './node.ts';

/** A join of a stream with a table's rows. Only the stream is a parent; the table is looked up. */
export interface StreamTableJoinNode extends LogicalNodeBase {
  readonly kind: 'streamTableJoin';
  readonly parents: readonly [LogicalNode];
  readonly table: TableNode;
  readonly left: boolean;
  /** Set for a join that waits for late updates of a versioned table. */
  readonly buffer: {
    readonly store: string;
    readonly graceMs: number;
    readonly key: Serde<unknown> | null;
    readonly value: Serde<unknown> | null;
  } | null;
  readonly joiner: (value: unknown, tableValue: unknown, key: unknown) => unknown;
}
