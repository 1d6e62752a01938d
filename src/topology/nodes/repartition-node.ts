import type { Serde } from '../../core/serde.ts';
import type { StreamPartitioner } from '../topology.ts';
import type { LogicalNodeBase } from './node.ts';

/** A stream's way through a topic of its own: filter, sink, topic, source. `name` is the source's. */
export interface RepartitionNode extends LogicalNodeBase {
  readonly kind: 'repartition';
  readonly filterName: string;
  readonly sinkName: string;
  /** Without the application id. */
  readonly topic: string;
  readonly key: Serde<unknown> | null;
  readonly value: Serde<unknown> | null;
  readonly partitions: number | null;
  readonly partitioner: StreamPartitioner | null;
  /** The operator that needs it, for messages. */
  readonly operator: string;
}
