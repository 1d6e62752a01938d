import type { Serde } from '../../core/serde.ts';
import type { LogicalNodeBase, TableNode } from './node.ts';
import type { StoreDeclaration } from './store-declaration.ts';

/**
 * A foreign-key join, from the left table to the foreign side: a sink, a topic and a source between, the store of
 * subscriptions, and the processor that answers them. `name` is the latter's.
 */
export interface ForeignSubscribeNode extends LogicalNodeBase {
  readonly kind: 'foreignSubscribe';
  readonly parents: readonly [TableNode];
  readonly foreign: TableNode;
  readonly left: boolean;
  readonly foreignKeyOf: (value: unknown, key: unknown) => unknown;
  readonly sendName: string;
  readonly sinkName: string;
  /** Without the application id. */
  readonly topic: string;
  readonly sourceName: string;
  readonly receiveName: string;
  readonly store: StoreDeclaration;
  /** Serdes of the left table's keys and values, and of the foreign table's keys. */
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  readonly foreignKey: Serde<unknown>;
}

/** The foreign table's updates, to all rows that have subscribed to them. */
export interface ForeignUpdateNode extends LogicalNodeBase {
  readonly kind: 'foreignUpdate';
  readonly parents: readonly [TableNode];
  readonly subscribe: ForeignSubscribeNode;
}

/** The way of the answers back to the left table: sink, topic, source, and the processor that joins. `name` is its. */
export interface ForeignResolveNode extends LogicalNodeBase {
  readonly kind: 'foreignResolve';
  readonly parents: readonly [ForeignSubscribeNode, ForeignUpdateNode];
  readonly sinkName: string;
  /** Without the application id. */
  readonly topic: string;
  readonly sourceName: string;
  readonly foreignValue: Serde<unknown>;
  readonly joiner: (value: unknown, foreign: unknown, key: unknown) => unknown;
}
