import type { Serde } from '../../core/serde.ts';
import type { ProcessorSupplier } from '../../processors/processor.ts';
import type { TimestampExtractor } from '../topology.ts';
import type { StoreDeclaration } from './store-declaration.ts';

/** A store that each process fills from all partitions of a topic. `name` is the processor's. */
export interface GlobalStoreNode {
  readonly kind: 'globalStore';
  readonly name: string;
  readonly parents: readonly [];
  readonly sourceName: string;
  readonly topic: string;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  readonly timestampExtractor: TimestampExtractor | null;
  readonly store: StoreDeclaration;
  readonly supplier: ProcessorSupplier;
}
