import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import {
  type ReadOnlyKeyValueStore,
  serdes,
  StreamsApp,
  StreamsBuilder,
  type StreamsConfig,
  type Topology,
} from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { partitionOf } from '../../src/kafka/wire/murmur2.ts';

const PARTITIONS = 3;
let broker: EmbeddedBroker;
let client: KafkaClient;
let dir: string;
const running: StreamsApp[] = [];

beforeEach(async () => {
  broker = new EmbeddedBroker();
  client = embeddedClient(broker);
  await client.connect();
  await client.admin.createTopics(
    ['in', 'out'].map((name) => ({ name, partitions: PARTITIONS, replicationFactor: 1 })),
  );
  dir = await mkdtemp(join(tmpdir(), 'streams-app-'));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
  await client.close();
  await rm(dir, { recursive: true, force: true });
});

function counting(): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', { key: serdes.string, value: serdes.string })
    .groupBy((value) => value, { key: serdes.string, name: 'by-word' })
    .count({ store: 'counts' })
    .toStream()
    .to('out', { key: serdes.string, value: serdes.int64 });
  return builder.build();
}

async function start(topology: Topology, over: Partial<StreamsConfig> = {}): Promise<StreamsApp> {
  const own = embeddedClient(broker);
  await own.connect();
  const app = new StreamsApp(topology, {
    applicationId: 'app',
    kafka: { client: own },
    stateDir: dir,
    commitIntervalMs: 20,
    ...over,
  });
  running.push(app);
  await app.start();
  return app;
}

async function send(records: readonly (readonly [string | null, string])[]): Promise<void> {
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  for (const [key, value] of records) {
    const bytes = key === null ? null : Buffer.from(key);
    producer.send('in', bytes ? partitionOf(bytes, PARTITIONS) : 0, bytes, Buffer.from(value), 1, []);
  }
  await producer.flush();
  await producer.close();
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; !(await condition());) {
    if (Date.now() > end) throw new Error('it did not come to that within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The last value of each key in a topic. */
async function table(topic: string): Promise<Record<string, number>> {
  const result: Record<string, number> = {};
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
  const ends = await client.admin.listOffsets(partitions, 'latest');
  const fetcher = client.fetcher();
  let left = ends.filter(({ offset }) => offset > 0).length;
  for (const { partition, offset } of ends) if (offset > 0) fetcher.add(topic, partition, 0);
  while (left > 0) {
    await fetcher.arrival(100);
    for (const chunk of fetcher.poll()) {
      while (chunk.records.next())
        result[String(chunk.records.key())] = Number(chunk.records.value()?.readBigInt64BE());
      if (chunk.nextOffset >= (ends[chunk.partition]?.offset ?? 0)) left--;
      fetcher.release(chunk);
    }
  }
  await fetcher.close();
  return result;
}

const words = (count: number): (readonly [string, string])[] =>
  Array.from({ length: count }, (_, i) => [`k${i}`, `w${i % 7}`]);

describe('StreamsApp', () => {
  it('counts through a repartition topic, and lets its store be read', async () => {
    const app = await start(counting());
    await send(words(700));
    await until(() => app.caughtUp());
    const expected = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`w${i}`, 100]));
    expect(await table('out')).toEqual(expected);
    const store = app.store<ReadOnlyKeyValueStore<string, number>>('counts');
    expect(store.get('w3')).toBe(100);
    expect(Object.fromEntries(store.all())).toEqual(expected);
    expect(app.state).toBe('RUNNING');
    expect(await app.metrics.metrics()).toContain(
      'kafka_streams_stream_task_metrics_process_total{application_id="app",task_id="0_0"}',
    );
  });

  it('goes on after a restart where it was, with its state', async () => {
    const first = await start(counting());
    await send(words(70));
    await until(() => first.caughtUp());
    await first.close();
    const second = await start(counting());
    await send(words(70));
    await until(() => second.caughtUp());
    expect((await table('out'))['w0']).toBe(20);
    expect(second.status().tasks.every((task) => task.restored === 0)).toBe(true);
  });

  it('restores its stores from the changelogs where the local state is gone', async () => {
    const first = await start(counting());
    await send(words(70));
    await until(() => first.caughtUp());
    await first.close();
    await rm(dir, { recursive: true, force: true });
    const second = await start(counting());
    expect(second.status().tasks.reduce((sum, task) => sum + task.restored, 0)).toBeGreaterThanOrEqual(7);
    expect(second.store<ReadOnlyKeyValueStore<string, number>>('counts').get('w0')).toBe(10);
  });

  it('shares the tasks with a second instance, and takes them back when that one leaves', async () => {
    const first = await start(counting(), { stateDir: join(dir, 'a'), heartbeatIntervalMs: 50 });
    await send(words(70));
    const second = await start(counting(), { stateDir: join(dir, 'b'), heartbeatIntervalMs: 50 });
    await until(() => first.status().tasks.length === 3 && second.status().tasks.length === 3);
    await send(words(140));
    await until(async () => (await first.caughtUp()) && (await second.caughtUp()));
    expect((await table('out'))['w6']).toBe(30);
    await second.close();
    await until(() => first.status().tasks.length === 6 && first.state === 'RUNNING');
    await send(words(7));
    await until(() => first.caughtUp());
    expect((await table('out'))['w6']).toBe(31);
  });

  it('says which source topic is missing', async () => {
    const builder = new StreamsBuilder();
    builder
      .stream('nowhere', { key: serdes.string, value: serdes.string })
      .to('out', { key: serdes.string, value: serdes.string });
    await expect(start(builder.build())).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
      message: expect.stringContaining('nowhere'),
    });
    expect(running.at(-1)?.state).toBe('ERROR');
  });

  it('says that another process uses the state directory', async () => {
    await start(counting());
    const second = start(counting());
    await expect(second).rejects.toMatchObject({ code: 'STATE_DIR_LOCKED', message: expect.stringContaining(dir) });
  });

  it('stops with the record’s coordinates when a function of the application throws', async () => {
    const builder = new StreamsBuilder();
    builder
      .stream('in', { key: serdes.string, value: serdes.string })
      .mapValues((value) => {
        if (value === 'poison') throw new Error('no');
        return value;
      })
      .to('out', { key: serdes.string, value: serdes.string });
    const app = await start(builder.build());
    await send([['k', 'poison']]);
    await until(() => app.state === 'ERROR');
    expect(app.error).toMatchObject({
      code: 'PROCESSING',
      coordinates: { topic: 'in', offset: 0, node: 'KSTREAM-MAPVALUES-0000000001' },
    });
  });

  it('finishes async calls that a close cut off after the restart, and loses none', async () => {
    const seen: string[] = [];
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const build = (blocked: boolean): Topology => {
      const builder = new StreamsBuilder();
      builder
        .stream('in', { key: serdes.string, value: serdes.string })
        .mapAsync(
          async (value) => {
            if (blocked && value === 'slow') await gate;
            return value;
          },
          { concurrency: 4, order: 'none', name: 'call' },
        )
        .forEach((value) => seen.push(value));
      return builder.build();
    };
    const first = await start(build(true));
    await send([
      ['k', 'slow'],
      ['k', 'quick'],
      ['k', 'quick too'],
    ]);
    await until(() => seen.length === 2);
    await until(() => first.status().tasks.some((task) => task.commits > 0 && task.inFlight === 1 && task.lag === 0));
    await first.close();
    release();
    const second = await start(build(false));
    await until(() => second.caughtUp());
    expect(seen.sort()).toEqual(['quick', 'quick too', 'slow']);
  });

  it('shows readers nothing of a transaction that a crash cut off, and counts each record once after it', async () => {
    const build = (poison: boolean): Topology => {
      const builder = new StreamsBuilder();
      builder
        .stream('in', { key: serdes.string, value: serdes.string })
        .peek((value) => {
          if (poison && value === 'poison') throw new Error('no');
        })
        .groupBy((value) => value, { key: serdes.string, name: 'by-word' })
        .count({ store: 'counts' })
        .toStream()
        .to('out', { key: serdes.string, value: serdes.int64 });
      return builder.build();
    };
    const exactly: Partial<StreamsConfig> = { processingGuarantee: 'exactly_once_v2', cacheMaxBytes: 0 };
    const first = await start(build(true), exactly);
    await send(words(70));
    await until(() => first.caughtUp());
    await send([...words(35), ['k', 'poison'], ...words(35)]);
    await until(() => first.state === 'ERROR');
    await first.close();
    const committed = await table('out');
    expect(Object.values(committed).every((count) => count >= 10 && count <= 20)).toBe(true);

    const second = await start(build(false), exactly);
    await until(() => second.caughtUp());
    const expected = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`w${i}`, 20]));
    expect(await table('out')).toEqual({ ...expected, poison: 1 });
    // Without a cache each input makes one output: 141 of them, none twice.
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: 'out', partition }));
    expect(await countCommitted(partitions)).toBe(141);
  });

  it('refuses a transaction time-out below the commit interval', () => {
    const config = {
      processingGuarantee: 'exactly_once_v2',
      commitIntervalMs: 500,
      transactionTimeoutMs: 100,
    } as const;
    expect(() => new StreamsApp(counting(), { applicationId: 'app', kafka: { client }, ...config })).toThrow(
      /transactionTimeoutMs/,
    );
  });
});

/** Records that a `read_committed` reader sees. */
async function countCommitted(partitions: readonly { topic: string; partition: number }[]): Promise<number> {
  const ends = (await client.admin.listOffsets(partitions, 'latest', 'read_committed')).filter(
    ({ offset }) => offset > 0,
  );
  const fetcher = client.fetcher({ isolation: 'read_committed' });
  const left = new Map(ends.map(({ partition, offset }) => [partition, offset]));
  for (const { topic, partition } of ends) fetcher.add(topic, partition, 0);
  let count = 0;
  while (left.size > 0) {
    await fetcher.arrival(100);
    for (const chunk of fetcher.poll()) {
      while (chunk.records.next()) count++;
      if (chunk.nextOffset >= (left.get(chunk.partition) ?? 0)) left.delete(chunk.partition);
      fetcher.release(chunk);
    }
  }
  await fetcher.close();
  return count;
}
