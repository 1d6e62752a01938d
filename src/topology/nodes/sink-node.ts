import type { Serde } from '../../core/serde.ts';
import type { StreamPartitioner, TopicNameExtractor } from '../topology.ts';
import type { LogicalNodeBase } from './node.ts';

/** Records into a topic. */
export interface SinkNode extends LogicalNodeBase {
  readonly kind: 'sink';
  readonly topic: string | TopicNameExtractor;
  readonly key: Serde<unknown> | null;
  readonly value: Serde<unknown> | null;
  readonly partitioner: StreamPartitioner | null;
  /** The bucket of a retry: may be a source of the same topology, and is made by the application where `internal`. */
  readonly bucket: { readonly internal: boolean } | null;
}
