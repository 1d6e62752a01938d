import { StreamsError } from '../core/errors.ts';
import type { SchemaRegistry } from '../core/serde.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { KafkaOptions } from '../kafka/options.ts';
import { azureAccess } from './azure-access.ts';
import { Closers } from './closers.ts';
import type { Cluster, OpenCluster } from './cluster.ts';
import type { CommandConfig } from './config/schema.ts';
import { kafkaOptions } from './kafka-options.ts';

/** The cluster that is configured, or the embedded one. Each is loaded only when it is the one. */
export const openCluster: OpenCluster = async (config, embedded, options = {}) => {
  if (embedded) return openEmbedded();
  if (!config.kafka) {
    throw new StreamsError(
      'CONFIG_INVALID',
      'no Kafka cluster is configured: give --brokers host:port, set kafka.brokers in a --config file or KAFKA_BOOTSTRAP_SERVERS, or use --embedded',
    );
  }
  const closers = new Closers();
  const { registry, registryUrl } = await openRegistry(config, options.serveRegistry ?? false, closers);
  const settings = kafkaOptions(config.kafka, () => azureAccess(config.azure).azure);
  return openKafka(settings, registry, registryUrl, closers);
};

async function openEmbedded(): Promise<Cluster> {
  const [{ EmbeddedBroker }, { embeddedClient }, { EmbeddedRegistry }] = await Promise.all([
    import('../embedded/broker.ts'),
    import('../embedded/client.ts'),
    import('../embedded/registry.ts'),
  ]);
  const broker = new EmbeddedBroker();
  return clusterOf('the embedded broker', new EmbeddedRegistry(), null, new Closers(), (clientId) =>
    embeddedClient(broker, { clientId }),
  );
}

async function openKafka(
  options: KafkaOptions,
  registry: SchemaRegistry | null,
  registryUrl: string | null,
  closers: Closers,
): Promise<Cluster> {
  const { kafkaClient } = await import('../kafka/connect.ts');
  return clusterOf(options.brokers.join(', '), registry, registryUrl, closers, (name) =>
    kafkaClient({ ...options, clientId: options.clientId ?? `topology-streams-${name}` }),
  );
}

function clusterOf(
  description: string,
  registry: SchemaRegistry | null,
  registryUrl: string | null,
  closers: Closers,
  create: (name: string) => KafkaClient,
): Cluster {
  return {
    description,
    registry,
    registryUrl,
    client: async (name) => {
      const client = create(name);
      closers.add(() => client.close());
      await client.connect();
      return client;
    },
    close: () => closers.close(),
  };
}

async function openRegistry(
  { registry }: CommandConfig,
  serve: boolean,
  closers: Closers,
): Promise<{ readonly registry: SchemaRegistry | null; readonly registryUrl: string | null }> {
  if (registry) {
    const { confluentRegistry } = await import('../serdes/confluent-registry.ts');
    const { url, username, password, token } = registry;
    const client = confluentRegistry({
      url,
      ...(username === undefined ? {} : { basicAuth: { username, password: password ?? '' } }),
      ...(token === undefined ? {} : { token: () => Promise.resolve(token) }),
    });
    return { registry: client, registryUrl: null };
  }
  if (!serve) return { registry: null, registryUrl: null };
  const [{ EmbeddedRegistry }, { startRegistryServer }] = await Promise.all([
    import('../embedded/registry.ts'),
    import('../embedded/registry-server.ts'),
  ]);
  const embedded = new EmbeddedRegistry();
  const server = await startRegistryServer(embedded.core);
  closers.add(() => server.close());
  return { registry: embedded, registryUrl: server.url };
}
