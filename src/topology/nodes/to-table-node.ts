import type { LogicalNodeBase } from './node.ts';
import type { StoreDeclaration } from './store-declaration.ts';

/** A stream read as the updates of a table. */
export interface ToTableNode extends LogicalNodeBase {
  readonly kind: 'toTable';
  readonly store: StoreDeclaration;
}
