import type { Clock } from '../core/clock.ts';
import type { SchemaRegistry } from '../core/serde.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { KafkaOptions } from '../kafka/options.ts';
import type { Logger } from '../observe/logger.ts';
import type { MetricsRegistry } from '../observe/metrics.ts';

/** Settings of one {@link StreamsApp}. Names are Kafka Streams', in camel case, with the unit in the name. */
export interface StreamsConfig {
  /** Kafka's consumer group, the prefix of internal topics, the folder of the state. */
  readonly applicationId: string;
  /** How to reach the cluster, or a client that is already there (an embedded broker, a test). */
  readonly kafka: KafkaOptions | { readonly client: KafkaClient };
  /** For Avro serdes. Default none. */
  readonly registry?: SchemaRegistry | null;
  /** Folder of local state (default `.topology-streams/state` in the working folder). One process at a time. */
  readonly stateDir?: string;
  /** Default 30,000 ms. */
  readonly commitIntervalMs?: number;
  /** Write-back caches over all tasks (default 10 MiB). 0: every update goes downstream. */
  readonly cacheMaxBytes?: number;
  /** Fetched records that wait for processing, over all tasks (default 64 MiB). */
  readonly inputBufferMaxBytes?: number;
  /** How long a task with an empty partition waits for more than is known to be there (default 0; -1: never wait). KIP-695. */
  readonly maxTaskIdleMs?: number;
  /** Where a partition without a committed offset begins (default `earliest`). */
  readonly offsetReset?: 'earliest' | 'latest';
  /** Of internal topics (default -1: the broker's). */
  readonly replicationFactor?: number;
  readonly sessionTimeoutMs?: number;
  readonly heartbeatIntervalMs?: number;
  readonly maxPollIntervalMs?: number;
  /** Where records go that a handler sends to a dead letter. Default none: such a verdict is then refused at start. */
  readonly deadLetterTopic?: string;
  readonly logger?: Logger;
  readonly metrics?: MetricsRegistry;
  readonly clock?: Clock;
}
