import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient, type EmbeddedClientOptions } from '../../src/embedded/client.ts';
import { kafkaClientContract } from '../../src/testing/contracts/kafka-client.ts';

function embedded(name: string, options: EmbeddedClientOptions): void {
  kafkaClientContract(
    name,
    () => {
      const broker = new EmbeddedBroker({ minSessionTimeoutMs: 100 });
      return Promise.resolve({ client: () => embeddedClient(broker, options), close: () => Promise.resolve() });
    },
    { sessionTimeoutMs: 500 },
  );
}

embedded('embedded', {});
embedded('embedded, with latency', { latencyMs: 2 });
