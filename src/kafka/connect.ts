import { StreamsError } from '../core/errors.ts';
import { silentLogger, type Logger } from '../observe/logger.ts';
import { clusterAdmin } from './admin/cluster-admin.ts';
import type { KafkaClient } from './client.ts';
import { Cluster, parseAddress } from './cluster/cluster.ts';
import { BrokerFetcher } from './fetcher/broker-fetcher.ts';
import { GroupSession } from './group/group-session.ts';
import type { KafkaOptions } from './options.ts';
import { IdempotentProducer } from './producer/idempotent-producer.ts';
import { prepareZstd } from './wire/zstd.ts';

export interface KafkaClientContext {
  /** Default: silent. */
  readonly logger?: Logger;
}

/**
 * A client of a Kafka cluster: connections by kafkajs, everything that carries records our own. Nothing is opened
 * before `connect`.
 *
 * @throws CONFIG_INVALID for a broker that is not host:port
 */
export function kafkaClient(options: KafkaOptions, { logger = silentLogger }: KafkaClientContext = {}): KafkaClient {
  if (options.brokers.length === 0)
    throw new StreamsError('CONFIG_INVALID', 'kafka.brokers is empty: name at least one host:port');
  for (const broker of options.brokers) parseAddress(broker);
  const cluster = new Cluster(options, logger);
  // Weakly: a task makes producers and fetchers anew for as long as the process runs, and closes them itself.
  const owned: WeakRef<{ close(): unknown }>[] = [];
  const own = <T extends { close(): unknown }>(part: T): T => {
    const gone = owned.findIndex((ref) => ref.deref() === undefined);
    owned.splice(gone < 0 ? owned.length : gone, 1, new WeakRef(part));
    return part;
  };
  return {
    admin: clusterAdmin(cluster),
    get connected() {
      return cluster.connected;
    },
    connect: async () => {
      await Promise.all([cluster.metadata([]), prepareZstd()]);
    },
    close: async () => {
      await Promise.all(owned.map((ref) => ref.deref()?.close()));
      await cluster.close();
    },
    fetcher: (fetcherOptions) => own(new BrokerFetcher(cluster, fetcherOptions)),
    producer: (producerOptions) => own(new IdempotentProducer(cluster, producerOptions)),
    member: (memberOptions) => own(new GroupSession(cluster, memberOptions)),
  };
}
