import type { SchemaRegistry } from '../core/serde.ts';
import type { KafkaClient } from '../kafka/client.ts';

/** The Kafka cluster and the registry of one run, whether embedded or not. */
export interface Cluster {
  /** For people: `embedded`, or the brokers. */
  readonly description: string;
  /** A client of its own for each stage, so that no stage waits for another's requests. Connected. */
  client(name: string): Promise<KafkaClient>;
  readonly registry: SchemaRegistry | null;
  /** Where other programs find the registry, when it is an address. */
  readonly registryUrl: string | null;
  close(): Promise<void>;
}
