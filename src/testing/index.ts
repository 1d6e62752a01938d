// The door of `topology-streams/testing`: what tests of an application need. Nothing here is for production.

export { TopologyTestDriver, type SinkRow, type TestDriverOptions } from './topology-test-driver.ts';
export { TestInputTopic, TestOutputTopic, type PipeOptions, type TestRecord } from './test-topic.ts';
export { ManualClock } from '../core/clock.ts';

// A whole cluster in this process: broker, clients, schema registry.
export { EmbeddedBroker, type EmbeddedBrokerOptions } from '../embedded/broker.ts';
export { embeddedClient, type EmbeddedClientOptions } from '../embedded/client.ts';
export { EmbeddedRegistry } from '../embedded/registry.ts';
export { startRegistryServer, type RegistryServer } from '../embedded/registry-server.ts';
