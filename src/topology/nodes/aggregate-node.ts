import type { ProcessorSupplier } from '../../processors/processor.ts';
import type { LogicalNodeBase } from './node.ts';
import type { StoreDeclaration } from './store-declaration.ts';

/** An aggregate of a grouped stream or of a regrouped table: always kept. */
export interface AggregateNode extends LogicalNodeBase {
  readonly kind: 'aggregate';
  readonly operator: string;
  readonly store: StoreDeclaration;
  /** How long after a window's end its results may change, in ms; null: there are no windows. */
  readonly graceMs: number | null;
  readonly supplier: (sendOldValues: boolean) => ProcessorSupplier;
}
