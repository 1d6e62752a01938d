import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { type ReadOnlyKeyValueStore, serdes, StreamsApp, StreamsBuilder } from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';

const text = { key: serdes.string, value: serdes.string };
let broker: EmbeddedBroker;
let client: KafkaClient;
let app: StreamsApp | null = null;

beforeEach(async () => {
  broker = new EmbeddedBroker();
  client = embeddedClient(broker);
  await client.connect();
  const topics = { in: 1, countries: 3, out: 1 };
  await client.admin.createTopics(
    Object.entries(topics).map(([name, partitions]) => ({ name, partitions, replicationFactor: 1 })),
  );
});

afterEach(async () => {
  await app?.close();
  await client.close();
});

function topology() {
  const builder = new StreamsBuilder();
  const countries = builder.globalTable('countries', { ...text, store: 'countries' });
  builder
    .stream('in', text)
    .leftJoin(
      countries,
      (code) => code,
      (code, name) => `${code}=${name ?? 'null'}`,
    )
    .to('out', text);
  return builder.build();
}

async function send(topic: string, records: readonly (readonly [string, string, number?])[]): Promise<void> {
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  for (const [key, value, partition = 0] of records) {
    producer.send(topic, partition, Buffer.from(key), Buffer.from(value), 1, []);
  }
  await producer.flush();
  await producer.close();
}

async function written(count: number): Promise<string[]> {
  const fetcher = client.fetcher();
  const values: string[] = [];
  try {
    fetcher.add('out', 0, 0);
    while (values.length < count) {
      await fetcher.arrival(5_000);
      for (const chunk of fetcher.poll()) {
        while (chunk.records.next()) values.push(chunk.records.value()?.toString() ?? 'null');
        fetcher.release(chunk);
      }
    }
    return values;
  } finally {
    await fetcher.close();
  }
}

async function start(): Promise<StreamsApp> {
  const own = embeddedClient(broker);
  await own.connect();
  app = new StreamsApp(topology(), { applicationId: 'app', kafka: { client: own }, commitIntervalMs: 20 });
  await app.start();
  return app;
}

describe('a global table in an application', () => {
  it('rule 26: is whole before the first record, from all partitions, whatever the times of the records', async () => {
    await send('countries', [
      ['a', 'old'],
      ['a', 'Aland', 0],
      ['b', 'Bland', 1],
      ['c', 'Cland', 2],
    ]);
    await send('in', [
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'c'],
      ['4', 'd'],
    ]);
    await start();
    expect(await written(4)).toEqual(['a=Aland', 'b=Bland', 'c=Cland', 'd=null']);
  });

  it('follows its topic, and can be queried', async () => {
    const running = await start();
    const rows = (): ReadOnlyKeyValueStore<string, string> => running.store('countries');
    expect(rows().get('e')).toBeNull();
    await send('countries', [['e', 'Eland', 2]]);
    await expect.poll(() => rows().get('e'), { timeout: 10_000, interval: 5 }).toBe('Eland');
    await send('in', [['1', 'e']]);
    expect(await written(1)).toEqual(['e=Eland']);
  });

  it('needs its topic', async () => {
    await client.admin.deleteTopics(['countries']);
    await expect(start()).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
      message: /countries, read by a global table/,
    });
  });
});
