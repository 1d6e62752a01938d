import type { KafkaClient } from '../../../kafka/client.ts';

/** A cluster that the contract is run on. */
export interface ContractCluster {
  /** Another client of the same cluster, not connected yet. */
  client(): KafkaClient;
  close(): Promise<void>;
}
