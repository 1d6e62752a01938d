import type { SchemaRegistry } from '../core/serde.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { CommandConfig } from './config/schema.ts';

/** The Kafka cluster and the registry of one run, whether embedded or not. */
export interface Cluster {
  /** For people: `embedded`, or the brokers. */
  readonly description: string;
  /** A client of its own for each stage, so that no stage waits for another's requests. Connected. */
  client(name: string): Promise<KafkaClient>;
  readonly registry: SchemaRegistry | null;
  /** Where other programs find a registry that runs in this process; null when none does. */
  readonly registryUrl: string | null;
  /** How worker threads reach the same cluster and registry. Embedded ones open a port for it, on loopback. */
  settings(): Promise<ClusterSettings>;
  close(): Promise<void>;
}

/** Plain data, in the form of the configuration. */
export interface ClusterSettings {
  readonly kafka: NonNullable<CommandConfig['kafka']>;
  readonly registry: NonNullable<CommandConfig['registry']> | null;
}

export interface OpenClusterOptions {
  /** Run a schema registry in this process, on loopback, when none is configured. Default false. */
  readonly serveRegistry?: boolean;
}

/** @throws CONFIG_INVALID when no cluster is configured, BROKER_UNAVAILABLE, REGISTRY_UNAVAILABLE */
export type OpenCluster = (config: CommandConfig, embedded: boolean, options?: OpenClusterOptions) => Promise<Cluster>;
