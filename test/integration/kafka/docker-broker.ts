import { spawnSync } from 'node:child_process';
import type { Broker, BrokerOptions } from './broker.ts';
import { freePort } from './java-broker.ts';

const IMAGE = 'apache/kafka:4.3.1';

export function dockerRuns(): boolean {
  return spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 5000 }).status === 0;
}

/** The broker as its own image; the port is chosen before, since the broker has to tell it to its clients. */
export async function startDockerBroker({ properties = {} }: BrokerOptions = {}): Promise<Broker> {
  // Loaded only where Docker runs: it is slow to load, and its HTTP client wants a newer Node than we do.
  const { GenericContainer, Wait } = await import('testcontainers');
  const port = await freePort();
  const settings: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': '1@localhost:9093',
    listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093',
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'offsets.topic.num.partitions': 2,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 2,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'auto.create.topics.enable': 'false',
    'controlled.shutdown.enable': 'false',
    'log.retention.ms': -1,
    ...properties,
  };
  const environment = Object.entries(settings).map(([key, value]) => [
    `KAFKA_${key.toUpperCase().replaceAll('.', '_')}`,
    String(value),
  ]);
  const container = await new GenericContainer(IMAGE)
    .withEnvironment(Object.fromEntries(environment) as Record<string, string>)
    .withExposedPorts({ container: 9092, host: port })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start();
  return {
    bootstrap: [`127.0.0.1:${port}`],
    stop: async () => {
      await container.stop();
    },
    kill: async () => {
      await container.stop({ timeout: 0, remove: false });
    },
    restart: () => container.restart(),
  };
}
