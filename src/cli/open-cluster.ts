import { StreamsError } from '../core/errors.ts';
import type { SchemaRegistry } from '../core/serde.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { azureAccess } from './azure-access.ts';
import { Closers } from './closers.ts';
import type { Cluster, ClusterSettings, OpenCluster } from './cluster.ts';
import { configuredRegistry } from './configured-registry.ts';
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
  const { kafka } = config;
  const reach = kafkaOptions(kafka, () => azureAccess(config.azure).azure);
  const { kafkaClient } = await import('../kafka/connect.ts');
  return clusterOf({
    description: kafka.brokers.join(', '),
    registry,
    registryUrl,
    closers,
    settings: () => Promise.resolve({ kafka, registry: config.registry ?? null }),
    create: (name) => kafkaClient({ ...reach, clientId: kafka.clientId ?? `topology-streams-${name}` }),
  });
};

async function openEmbedded(): Promise<Cluster> {
  const [{ EmbeddedBroker }, { embeddedClient }, { EmbeddedRegistry }] = await Promise.all([
    import('../embedded/broker.ts'),
    import('../embedded/client.ts'),
    import('../embedded/registry.ts'),
  ]);
  const [broker, registry, closers] = [new EmbeddedBroker(), new EmbeddedRegistry(), new Closers()];
  let shared: Promise<ClusterSettings> | null = null;
  const share = async (): Promise<ClusterSettings> => {
    const [{ startWireServer }, { startRegistryServer }] = await Promise.all([
      import('../embedded/wire-server.ts'),
      import('../embedded/registry-server.ts'),
    ]);
    const wire = await startWireServer(broker);
    closers.add(() => wire.close());
    const server = await startRegistryServer(registry.core);
    closers.add(() => server.close());
    return { kafka: { brokers: [wire.address] }, registry: { url: server.url } };
  };
  return clusterOf({
    description: 'the embedded broker',
    registry,
    registryUrl: null,
    closers,
    settings: () => (shared ??= share()),
    create: (clientId) => embeddedClient(broker, { clientId }),
  });
}

interface ClusterParts extends Omit<Cluster, 'client' | 'close'> {
  readonly closers: Closers;
  readonly create: (name: string) => KafkaClient;
}

function clusterOf({ closers, create, ...cluster }: ClusterParts): Cluster {
  return {
    ...cluster,
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
    return { registry: await configuredRegistry(registry), registryUrl: null };
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
