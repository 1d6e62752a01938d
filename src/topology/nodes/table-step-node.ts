import type { ProcessorSupplier } from '../../processors/processor.ts';
import type { ValueGetterSupplier } from '../../processors/value-getter.ts';
import type { TableNode } from './node.ts';
import type { StoreDeclaration } from './store-declaration.ts';

/** A filter or a mapping of a table's rows. */
export interface TableStepNode {
  readonly kind: 'tableStep';
  readonly operator: 'filter' | 'filterNot' | 'mapValues';
  readonly name: string;
  readonly parents: readonly [TableNode];
  /** null: not kept; its rows are computed from the parent's when somebody asks. */
  readonly store: StoreDeclaration | null;
  /** `versioned`: the rows come from a versioned table. */
  readonly supplier: (store: string | null, sendOldValues: boolean, versioned: boolean) => ProcessorSupplier;
  readonly getter: (parent: ValueGetterSupplier) => ValueGetterSupplier;
}
