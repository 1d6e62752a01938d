import type { AggregateNode } from './aggregate-node.ts';
import type { StoreDeclaration } from './store-declaration.ts';

/** Where the aggregates of cogrouped streams, which share a store, meet. */
export interface CogroupNode {
  readonly kind: 'cogroup';
  readonly name: string;
  readonly parents: readonly AggregateNode[];
  readonly store: StoreDeclaration;
}
