import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../../src/embedded/broker.ts';
import { startWireServer } from '../../../src/embedded/wire-server.ts';
import { embeddedClient } from '../../../src/embedded/client.ts';
import {
  type Position,
  queryable,
  type QueryServer,
  serdes,
  serveQueries,
  session,
  StreamsApp,
  StreamsBuilder,
  type StreamsConfig,
  tumbling,
} from '../../../src/index.ts';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import { partitionOf } from '../../../src/kafka/wire/murmur2.ts';

const PARTITIONS = 4;
const KEYS = Array.from({ length: 40 }, (_none, i) => `key-${String(i).padStart(2, '0')}`);
const text = { key: serdes.string, value: serdes.string };
const counted = { key: serdes.string, value: serdes.int64 };
const counts = queryable.keyValue('counts', counted);
const windows = queryable.window('windows', counted);
const sessions = queryable.session('sessions', counted);
const versions = queryable.versioned('versions', text);

let broker: EmbeddedBroker;
let client: KafkaClient;
let dir: string;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  broker = new EmbeddedBroker();
  client = embeddedClient(broker);
  await client.connect();
  dir = await mkdtemp(join(tmpdir(), 'queries-'));
  const topics = { in: PARTITIONS, world: 2, history: PARTITIONS };
  await client.admin.createTopics(
    Object.entries(topics).map(([name, partitions]) => ({ name, partitions, replicationFactor: 1 })),
  );
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await client.close();
  await rm(dir, { recursive: true, force: true });
});

function topology() {
  const builder = new StreamsBuilder();
  const grouped = builder.stream('in', text).groupByKey();
  grouped.count({ store: 'counts' });
  grouped.windowedBy(tumbling({ sizeMs: 10, graceMs: 1_000 })).count({ store: 'windows' });
  grouped.windowedBy(session({ inactivityGapMs: 5, graceMs: 1_000 })).count({ store: 'sessions' });
  builder.globalTable('world', { ...text, store: 'world' });
  builder.table('history', { ...text, store: 'versions', versioned: { historyRetentionMs: 1_000 } });
  return builder.build();
}

interface Instance {
  readonly app: StreamsApp;
  readonly server: QueryServer;
  readonly host: string;
}

async function start(over: Partial<StreamsConfig> = {}): Promise<Instance> {
  const own = embeddedClient(broker);
  await own.connect();
  let host: string | null = null;
  const app = new StreamsApp(topology(), {
    applicationId: 'app',
    kafka: { client: own },
    stateDir: await mkdtemp(join(dir, 'instance-')),
    commitIntervalMs: 20,
    heartbeatIntervalMs: 20,
    applicationServer: () => host,
    ...over,
  });
  const server = await serveQueries([app]);
  host = `127.0.0.1:${server.port}`;
  closers.push(
    () => server.close(),
    () => app.close(),
  );
  await app.start();
  return { app, server, host };
}

/** Both, with tasks on each. */
async function startTwo(): Promise<[Instance, Instance]> {
  const instances: [Instance, Instance] = [await start(), await start()];
  const hosts = instances.map(({ host }) => host).sort();
  for (const { app } of instances) {
    await expect.poll(() => app.state === 'RUNNING' && hostsOf(app), { timeout: 10_000, interval: 5 }).toEqual(hosts);
  }
  return instances;
}

const hostsOf = (app: StreamsApp): string[] =>
  app
    .metadataForStore('counts')
    .map(({ host }) => host)
    .sort();

async function send(topic: string, records: readonly (readonly [string, string, number])[]): Promise<void> {
  const partitions = topic === 'world' ? 2 : PARTITIONS;
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  for (const [key, value, time] of records) {
    const bytes = Buffer.from(key);
    producer.send(topic, partitionOf(bytes, partitions), bytes, Buffer.from(value), time, []);
  }
  await producer.flush();
  await producer.close();
}

/** Each key as often as its number says, up to 3. */
async function sendCounts(): Promise<Position> {
  await send(
    'in',
    KEYS.flatMap((key, i) => Array.from({ length: 1 + (i % 3) }, (_none, at) => [key, 'x', at * 10] as const)),
  );
  const partitions = Array.from({ length: PARTITIONS }, (_none, partition) => ({ topic: 'in', partition }));
  const ends = await client.admin.listOffsets(partitions, 'latest');
  return { in: Object.fromEntries(ends.map(({ partition, offset }) => [partition, offset - 1])) };
}

describe('two instances of an application', { timeout: 30_000 }, () => {
  it('answer for each other’s keys, and say who did', async () => {
    const [one, two] = await startTwo();
    const atLeast = await sendCounts();
    const hosts = new Set<string | null | undefined>();
    for (const [i, key] of KEYS.entries()) {
      const fromOne = await one.app.query(counts, { atLeast }).get(key);
      const fromTwo = await two.app.query(counts, { atLeast }).get(key);
      expect([fromOne.value, fromTwo.value]).toEqual([1 + (i % 3), 1 + (i % 3)]);
      expect(fromOne.timestamp).toBe((i % 3) * 10);
      const { activeHost, partition } = await one.app.metadataForKey('counts', key);
      expect(partition).toBe(partitionOf(Buffer.from(key), PARTITIONS));
      expect(fromOne.source?.host ?? one.host).toBe(activeHost);
      expect(fromTwo.source?.host ?? two.host).toBe(activeHost);
      hosts.add(fromOne.source?.host);
    }
    expect(hosts).toEqual(new Set([null, two.host]));
    expect((await one.app.query(counts).get('nobody')).value).toBeNull();
  });

  it('read ranges, windows, sessions and versions of the whole group', async () => {
    const [one] = await startTwo();
    const atLeast = await sendCounts();
    await send('history', [
      ['k', 'v1', 10],
      ['k', 'v2', 20],
    ]);
    const all = await one.app.query(counts, { atLeast, pageSize: 3 }).all().toArray();
    expect(all.map(({ key }) => key).sort()).toEqual(KEYS);
    const query = one.app.query(counts, { pageSize: 3 });
    const some = query.range('key-10', 'key-19');
    expect((await some.toArray()).map(({ key }) => key).sort()).toEqual(KEYS.slice(10, 20));
    expect(Object.keys(some.position['in'] ?? {})).toHaveLength(PARTITIONS);
    expect(await query.prefixScan(Buffer.from('key-2')).toArray()).toHaveLength(10);
    expect(await query.approximateNumEntries()).toBe(KEYS.length);
    expect(await one.app.query(windows).fetchAll(0, Infinity).toArray()).toHaveLength(79);
    for (const key of ['key-02', 'key-05']) {
      const fetched = await one.app.query(windows).fetchRange(key, 10, 20).toArray();
      expect(fetched.map((entry) => entry.key.window.start)).toEqual([10, 20]);
      expect((await one.app.query(windows).fetch(key, 20)).value).toBe(1);
      expect(await one.app.query(sessions).fetch(key).toArray()).toHaveLength(3);
    }
    expect(await one.app.query(sessions).findSessionsByEnd(0, 9).toArray()).toHaveLength(KEYS.length);
    await expect.poll(async () => (await one.app.query(versions).get('k')).value).toBe('v2');
    expect(await one.app.query(versions).getAsOf('k', 15)).toMatchObject({ value: 'v1', timestamp: 10, validTo: 20 });
    expect(await one.app.query(versions).getVersions('k', 0, 100).toArray()).toHaveLength(2);
  });

  it('know the group: who has which stores and partitions', async () => {
    const [one, two] = await startTwo();
    const all = one.app.allMetadata();
    expect(all).toEqual(two.app.allMetadata());
    expect(all.flatMap(({ topicPartitions }) => topicPartitions).sort()).toEqual(
      ['in', 'history'].flatMap((topic) => [0, 1, 2, 3].map((partition) => `${topic}-${partition}`)).sort(),
    );
    expect(all.every(({ stores }) => stores.includes('world'))).toBe(true);
    expect(await one.app.metadataForKey('world', 'a')).toMatchObject({ partition: null, activeHost: one.host });
    expect(() => one.app.metadataForStore('nothing')).toThrow(expect.objectContaining({ code: 'STORE_UNKNOWN' }));
  });

  it('each have global stores whole', async () => {
    const [one, two] = await startTwo();
    await send('world', [['at', 'Austria', 1]]);
    const world = queryable.keyValue('world', text);
    for (const { app } of [one, two]) {
      await expect.poll(async () => (await app.query(world).get('at')).value).toBe('Austria');
      expect((await app.query(world).get('at')).source).toMatchObject({ host: null });
    }
  });

  it('go on answering when one leaves: the query waits for the rebalance', async () => {
    const [one, two] = await startTwo();
    const atLeast = await sendCounts();
    await one.app.query(counts, { atLeast }).all().toArray();
    const leaving = two.app.close();
    const values = await Promise.all(KEYS.map((key) => one.app.query(counts, { timeoutMs: 10_000 }).get(key)));
    expect(values.map(({ value }) => value)).toEqual(KEYS.map((_key, i) => 1 + (i % 3)));
    await leaving;
  });

  it('do so on a broker over the wire protocol, exactly once', async () => {
    const wire = await startWireServer(broker);
    closers.push(() => wire.close());
    const over = { kafka: { brokers: [wire.address] }, processingGuarantee: 'exactly_once_v2' } as const;
    const [one, two] = [await start(over), await start(over)];
    await expect.poll(() => hostsOf(one.app), { timeout: 10_000, interval: 5 }).toHaveLength(2);
    const atLeast = await sendCounts();
    for (const { app } of [one, two]) {
      const all = await app.query(counts, { atLeast, timeoutMs: 10_000 }).all().toArray();
      expect(new Map(all.map(({ key, value }) => [key, value]))).toEqual(
        new Map(KEYS.map((key, i) => [key, 1 + (i % 3)])),
      );
      expect(new Set(all.map(({ source }) => source.host)).size).toBe(2);
    }
  });

  it('say what is missing when nobody can answer in time', async () => {
    const [one, two] = await startTwo();
    await two.server.close();
    const away = await Promise.all(
      [0, 1, 2, 3].map((partition) =>
        one.app
          .query(counts, { partition, timeoutMs: 50 })
          .get('a')
          .then(() => null)
          .catch((error: unknown) => error),
      ),
    );
    expect(away.filter((error) => error !== null)).toEqual(
      [1, 2].map(() => expect.objectContaining({ code: 'INSTANCE_UNAVAILABLE' })),
    );
    const never = one.app.query(counts, { atLeast: { in: { '0': 99, '1': 99, '2': 99, '3': 99 } }, timeoutMs: 20 });
    await expect(never.all().toArray()).rejects.toMatchObject({ retriable: true });
  });
});
