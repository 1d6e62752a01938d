import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import type { KafkaClient, Producer } from '../../src/kafka/client.ts';
import { RecordCounter } from '../../src/kafka/record-counter.ts';

let client: KafkaClient;

beforeEach(async () => {
  client = embeddedClient(new EmbeddedBroker());
  await client.connect();
  await client.admin.createTopics([{ name: 't', partitions: 2, replicationFactor: 1 }]);
});

afterEach(() => client.close());

const send = (producer: Producer, partition: number): void =>
  producer.send('t', partition, null, Buffer.from('v'), 1, []);

describe('RecordCounter', () => {
  it('counts records, not transaction markers, and only committed ones', async () => {
    const producer = client.producer({ transactionalId: 'x' });
    await producer.init();
    for (const commit of [true, false, true]) {
      producer.beginTransaction();
      send(producer, 0);
      send(producer, 1);
      await producer.flush();
      await (commit ? producer.commitTransaction() : producer.abortTransaction());
    }
    const counter = new RecordCounter(client, ['t', 'not there']);
    expect(Object.fromEntries(await counter.counts())).toEqual({ t: 4, 'not there': 0 });
    await counter.close();
  });

  it('reads on from where the count before ended, and shares a count that runs', async () => {
    const producer = client.producer();
    await producer.init();
    send(producer, 0);
    await producer.flush();
    const counter = new RecordCounter(client, ['t']);
    await counter.counts();
    send(producer, 0);
    send(producer, 1);
    await producer.flush();
    const [first, second] = await Promise.all([counter.counts(), counter.counts()]);
    expect([first.get('t'), second.get('t')]).toEqual([3, 3]);
    await counter.close();
  });
});
