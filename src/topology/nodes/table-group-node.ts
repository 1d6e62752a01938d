import type { ProcessorSupplier } from '../../processors/processor.ts';
import type { TableNode } from './node.ts';

/** A table's rows under the key of their group. */
export interface TableGroupNode {
  readonly kind: 'tableGroup';
  readonly name: string;
  readonly parents: readonly [TableNode];
  readonly supplier: ProcessorSupplier;
}
