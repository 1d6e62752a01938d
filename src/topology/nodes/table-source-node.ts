import type { Serde } from '../../core/serde.ts';
import type { TimestampExtractor } from '../topology.ts';
import type { StoreDeclaration } from './store-declaration.ts';

/** A table read from a topic: a source, and the processor that keeps the rows. `name` is the processor's. */
export interface TableSourceNode {
  readonly kind: 'tableSource';
  readonly name: string;
  readonly parents: readonly [];
  readonly sourceName: string;
  readonly topic: string;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  readonly timestampExtractor: TimestampExtractor | null;
  readonly offsetReset: 'earliest' | 'latest' | null;
  readonly store: StoreDeclaration;
}
