import type { AggregateNode } from './aggregate-node.ts';
import type { CogroupNode } from './cogroup-node.ts';
import type { ExternalNode } from './external-node.ts';
import type { ForeignResolveNode, ForeignSubscribeNode, ForeignUpdateNode } from './foreign-join-node.ts';
import type { GlobalJoinNode } from './global-join-node.ts';
import type { GlobalStoreNode } from './global-store-node.ts';
import type { RepartitionNode } from './repartition-node.ts';
import type { SinkNode } from './sink-node.ts';
import type { SourceNode } from './source-node.ts';
import type { StepNode } from './step-node.ts';
import type { StoreNode } from './store-node.ts';
import type { JoinWindowNode, StreamJoinNode } from './stream-join-node.ts';
import type { StreamTableJoinNode } from './stream-table-join-node.ts';
import type { SuppressNode } from './suppress-node.ts';
import type { TableGroupNode } from './table-group-node.ts';
import type { TableJoinNode } from './table-join-node.ts';
import type { TableRepartitionNode } from './table-repartition-node.ts';
import type { TableSourceNode } from './table-source-node.ts';
import type { TableStepNode } from './table-step-node.ts';
import type { ToTableNode } from './to-table-node.ts';

/** A node of the declared graph: frozen data. Its parents were declared before it. */
export type LogicalNode =
  | SourceNode
  | TableSourceNode
  | StoreNode
  | StepNode
  | RepartitionNode
  | AggregateNode
  | CogroupNode
  | ToTableNode
  | TableStepNode
  | TableGroupNode
  | TableRepartitionNode
  | TableJoinNode
  | SuppressNode
  | StreamTableJoinNode
  | JoinWindowNode
  | StreamJoinNode
  | ForeignSubscribeNode
  | ForeignUpdateNode
  | ForeignResolveNode
  | GlobalStoreNode
  | GlobalJoinNode
  | SinkNode
  | ExternalNode;

/** The nodes that are tables: what travels from them are changes of rows. */
export type TableNode =
  | TableSourceNode
  | ToTableNode
  | TableStepNode
  | AggregateNode
  | CogroupNode
  | TableJoinNode
  | SuppressNode;

export interface LogicalNodeBase {
  readonly name: string;
  readonly parents: readonly LogicalNode[];
}
