import { describe, expect, inject, it } from 'vitest';
import { kafkaClient } from '../../../src/kafka/connect.ts';
import { kafkaClientContract } from '../../../src/testing/contracts/kafka-client.ts';

const bootstrap = inject('kafkaBootstrap');

describe.skipIf(bootstrap.length === 0)('on Apache Kafka', () => {
  kafkaClientContract('over kafkajs’ connections', async () => ({
    client: () => kafkaClient({ brokers: bootstrap }),
    close: async () => {},
  }));

  it('finds a broker among addresses of which some do not answer', async () => {
    const client = kafkaClient({ brokers: ['127.0.0.1:1', ...bootstrap] });
    await client.connect();
    expect(client.connected).toBe(true);
    await client.close();
  });
});
