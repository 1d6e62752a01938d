import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { type ReadOnlyKeyValueStore, serdes, StreamsApp, StreamsBuilder } from '../../src/index.ts';

const text = { key: serdes.string, value: serdes.string };

async function open(broker: EmbeddedBroker, stateDir: string): Promise<StreamsApp> {
  const client = embeddedClient(broker);
  await client.connect();
  const builder = new StreamsBuilder();
  builder
    .table('rows', { ...text, store: 'kept', cached: false })
    .toStream()
    .to('out', text);
  const topology = builder.build({ optimization: ['reuse.ktable.source.topics'] });
  const app = new StreamsApp(topology, { applicationId: 'app', kafka: { client }, stateDir, commitIntervalMs: 20 });
  await app.start();
  return app;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; !(await condition());) {
    if (Date.now() > end) throw new Error('it did not come to that within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

it('rule 35: a table whose source topic is its changelog is restored from there on a new machine, and sends nothing again', async () => {
  const broker = new EmbeddedBroker();
  const client = embeddedClient(broker);
  await client.connect();
  await client.admin.createTopics(['rows', 'out'].map((name) => ({ name, partitions: 1, replicationFactor: 1 })));
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  const send = async (key: string, value: string | null): Promise<void> => {
    producer.send('rows', 0, Buffer.from(key), value === null ? null : Buffer.from(value), 1, []);
    await producer.flush();
  };
  const dirs = [await mkdtemp(join(tmpdir(), 'reuse-')), await mkdtemp(join(tmpdir(), 'reuse-'))] as const;

  const first = await open(broker, dirs[0]);
  await send('a', 'one');
  await send('b', 'two');
  await send('a', null);
  await until(() => first.caughtUp());
  await first.close();
  await send('c', 'while nobody looked');

  const second = await open(broker, dirs[1]);
  await until(() => second.state === 'RUNNING');
  await until(() => second.caughtUp());
  const store = second.store<ReadOnlyKeyValueStore<string, string>>('kept');
  expect(Object.fromEntries(store.all())).toEqual({ b: 'two', c: 'while nobody looked' });
  expect(await client.admin.listTopics()).not.toContain('app-kept-changelog');
  await until(
    async () => (await client.admin.listOffsets([{ topic: 'out', partition: 0 }], 'latest'))[0]?.offset === 4,
  );

  await second.close();
  await producer.close();
  await client.close();
  await Promise.all(dirs.map((dir) => rm(dir, { recursive: true, force: true })));
});
