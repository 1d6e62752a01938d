import type { ProcessorSupplier } from '../../processors/processor.ts';
import type { TableNode } from './node.ts';
import type { StoreDeclaration } from './store-declaration.ts';

/** Holds updates of a table back. */
export interface SuppressNode {
  readonly kind: 'suppress';
  readonly name: string;
  readonly parents: readonly [TableNode];
  readonly store: StoreDeclaration;
  readonly supplier: ProcessorSupplier;
}
