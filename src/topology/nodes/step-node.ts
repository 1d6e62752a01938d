import type { ProcessorSupplier } from '../../processors/processor.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import type { LogicalNodeBase } from './node.ts';

/** One processor: an operator on streams that needs nothing from the compiler. */
export interface StepNode extends LogicalNodeBase {
  readonly kind: 'step';
  /** The DSL's verb, for messages. */
  readonly operator: string;
  readonly supplier: ProcessorSupplier;
  /** Names of stores declared elsewhere. */
  readonly uses: readonly string[];
  /** Stores of its own, and what to say when a serde is missing. */
  readonly owns: readonly StoreSpec[];
  /** Keeps nothing between two records, and answers before it returns: may stand before an external sink. */
  readonly stateless: boolean;
}
