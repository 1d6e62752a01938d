import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { serdes, StreamsApp, StreamsBuilder } from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import type { DeltaOptions } from '../../src/sinks/delta/options.ts';
import { field, struct } from '../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../src/sinks/delta/table.ts';
import { localLake } from '../../src/sinks/lake/local.ts';
import { faultyLake } from '../sinks/delta/faulty-lake.ts';

interface Event {
  readonly id: number;
  readonly text?: unknown;
}

const schema = struct(field('id', 'long', { nullable: false }), field('text', 'string'));

let folder = '';
let client: KafkaClient;
let broker: EmbeddedBroker;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'table-sink-'));
  broker = new EmbeddedBroker();
  client = embeddedClient(broker);
  await client.connect();
  const topics = ['in', 'dead'].map((name) => ({ name, partitions: 1, replicationFactor: 1 }));
  await client.admin.createTopics(topics);
});
afterEach(async () => {
  await client.close();
  await rm(folder, { recursive: true });
});

async function start(options: Partial<DeltaOptions<string, Event>>): Promise<StreamsApp> {
  const builder = new StreamsBuilder();
  const serde = { key: serdes.string, value: serdes.json<Event>() };
  const table = options.lake ? 't' : join(folder, 't');
  builder.stream('in', serde).toDelta(table, { schema, mode: 'append', ...options });
  const own = embeddedClient(broker);
  await own.connect();
  const app = new StreamsApp(builder.build(), {
    applicationId: 'app',
    kafka: { client: own },
    stateDir: join(folder, 'state'),
    commitIntervalMs: 20,
    processingHandler: 'deadLetter',
    deadLetterTopic: 'dead',
  });
  await app.start();
  return app;
}

async function produce(events: readonly Event[]): Promise<void> {
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  for (const event of events) {
    producer.send('in', 0, Buffer.from(`k${event.id}`), Buffer.from(JSON.stringify(event)), 0, []);
  }
  await producer.flush();
  await producer.close();
}

const idsInTable = async (): Promise<number[]> =>
  (await (await DeltaTable.open(join(folder, 't'))).readRows()).map(({ id }) => Number(id)).sort((a, b) => a - b);
const deadLetters = async (): Promise<number> => {
  const [end] = await client.admin.listOffsets([{ topic: 'dead', partition: 0 }], 'latest');
  return end?.offset ?? 0;
};

it('rows that do not fit go to the dead letters, and the rest to the table', async () => {
  const app = await start({ flushRows: 4 });
  const wrong = [3, 7, 11];
  const events = Array.from({ length: 20 }, (_, id) => ({ id, text: wrong.includes(id) ? { not: 'a text' } : 'x' }));
  await produce(events);
  await vi.waitFor(async () => expect(await deadLetters()).toBe(wrong.length), 10_000);
  // Closing writes what waits.
  await vi.waitFor(async () => expect(await app.caughtUp()).toBe(true), 10_000);
  await app.close();
  expect(await idsInTable()).toEqual(events.map(({ id }) => id).filter((id) => !wrong.includes(id)));
});

it('input waits while a flush does not get through, and no more than its bytes are held', async () => {
  const { lake, faults } = faultyLake(localLake(folder));
  let held: () => void = () => undefined;
  let release: () => void = () => undefined;
  const flushing = new Promise<void>((resolve) => (held = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  faults.before.push(
    async () => undefined,
    async () => {
      held();
      await released;
    },
  );
  let seen = 0;
  const app = await start({
    lake,
    flushBytes: 64 * 1024,
    flushIntervalMs: 60_000,
    row: (value) => {
      seen++;
      return { ...value };
    },
  });
  const text = 'x'.repeat(1_000);
  const events = Array.from({ length: 1_000 }, (_, id) => ({ id, text }));
  await produce(events.slice(0, 500));
  await flushing;
  const taken = seen;
  // 64 KiB are some 30 such rows, and what the task takes in one turn comes on top.
  expect(taken).toBeLessThan(300);
  await produce(events.slice(500));
  expect(seen).toBe(taken);
  release();
  await vi.waitFor(() => expect(seen).toBe(1_000), 20_000);
  await app.close();
  expect(await idsInTable()).toEqual(events.map(({ id }) => id));
});
