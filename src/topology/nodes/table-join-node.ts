import type { TableNode } from './node.ts';
import type { StoreDeclaration } from './store-declaration.ts';

/** A join of two tables: one processor for each side, and one where they meet. `name` is the latter's. */
export interface TableJoinNode {
  readonly kind: 'tableJoin';
  readonly name: string;
  readonly parents: readonly [TableNode, TableNode];
  readonly type: 'inner' | 'left' | 'outer';
  readonly thisName: string;
  readonly otherName: string;
  readonly joiner: (value: unknown, other: unknown, key: unknown) => unknown;
  readonly store: StoreDeclaration | null;
}
