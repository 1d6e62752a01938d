import type { Serde } from '../../core/serde.ts';
import type { SinkConnector } from '../../sinks/sink.ts';
import type { LogicalNode, LogicalNodeBase } from './node.ts';

/** Records into a system outside Kafka that keeps its own position. */
export interface ExternalNode extends LogicalNodeBase {
  readonly kind: 'external';
  readonly parents: readonly [LogicalNode];
  readonly connector: SinkConnector;
  /** For the internal topic, where one is needed between the source and the sink. */
  readonly key: Serde<unknown> | null;
  readonly value: Serde<unknown> | null;
}
