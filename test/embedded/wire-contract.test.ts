import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { startWireServer } from '../../src/embedded/wire-server.ts';
import { kafkaClient } from '../../src/kafka/connect.ts';
import { kafkaClientContract } from '../../src/testing/contracts/kafka-client.ts';

kafkaClientContract(
  'of a real broker, on the wire server of the embedded one',
  async () => {
    const server = await startWireServer(new EmbeddedBroker({ minSessionTimeoutMs: 100 }));
    return {
      client: () => kafkaClient({ brokers: [server.address], missingTopicMs: 300 }),
      close: () => server.close(),
    };
  },
  // Heartbeats come through a socket here, and a machine under load may hold them back for a while.
  { sessionTimeoutMs: 1_000 },
);
