import type { Serde } from '../../core/serde.ts';
import type { TableGroupNode } from './table-group-node.ts';

/** The way of regrouped rows through a topic of their own. `name` is the source's. */
export interface TableRepartitionNode {
  readonly kind: 'tableRepartition';
  readonly name: string;
  readonly parents: readonly [TableGroupNode];
  readonly sinkName: string;
  /** Without the application id. */
  readonly topic: string;
  readonly key: Serde<unknown> | null;
  /** Serde of the rows; what travels are changes of them. */
  readonly value: Serde<unknown> | null;
}
