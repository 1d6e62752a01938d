import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../../src/embedded/broker.ts';
import { embeddedClient } from '../../../src/embedded/client.ts';
import { queryable, type QueryServer, serdes, serveQueries, StreamsApp, StreamsBuilder } from '../../../src/index.ts';
import type { KafkaClient } from '../../../src/kafka/client.ts';

const counts = queryable.keyValue('counts', { key: serdes.string, value: serdes.int64 });
let broker: EmbeddedBroker;
let client: KafkaClient;
let dir: string;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  broker = new EmbeddedBroker();
  client = embeddedClient(broker);
  await client.connect();
  await client.admin.createTopics([{ name: 'in', partitions: 2, replicationFactor: 1 }]);
  dir = await mkdtemp(join(tmpdir(), 'standby-'));
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await client.close();
  await rm(dir, { recursive: true, force: true });
});

interface Instance {
  readonly app: StreamsApp;
  readonly server: QueryServer;
  readonly host: string;
}

async function start(): Promise<Instance> {
  const own = embeddedClient(broker);
  await own.connect();
  const builder = new StreamsBuilder();
  builder.stream('in', { key: serdes.string, value: serdes.string }).groupByKey().count({ store: 'counts' });
  let host: string | null = null;
  const app = new StreamsApp(builder.build(), {
    applicationId: 'app',
    kafka: { client: own },
    stateDir: await mkdtemp(join(dir, 'instance-')),
    commitIntervalMs: 20,
    heartbeatIntervalMs: 20,
    numStandbyReplicas: 1,
    applicationServer: () => host,
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

async function send(partition: number, key: string, times: number): Promise<void> {
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  for (let i = 0; i < times; i++) producer.send('in', partition, Buffer.from(key), Buffer.from('x'), i, []);
  await producer.flush();
  await producer.close();
}

const runs = ({ app }: Instance): boolean => app.state === 'RUNNING';

describe('a standby', { timeout: 30_000 }, () => {
  it('answers while the active instance does not, where that is asked for, and follows what is new', async () => {
    const [one, two] = [await start(), await start()];
    const partitions = [0, 1];
    const away = async (): Promise<number[]> => {
      const metadata = partitions.map((partition) => one.app.queries.hosts('counts', partition));
      return partitions.filter(
        (p) => metadata[p]?.activeHost === two.host && metadata[p]?.standbyHosts[0] === one.host,
      );
    };
    await expect.poll(away, { timeout: 10_000, interval: 5 }).toHaveLength(1);
    const [partition = -1] = await away();
    const get = (options: Parameters<StreamsApp['query']>[1]) =>
      one.app.query(counts, { ...options, partition, timeoutMs: 100 }).get('fox');

    await send(partition, 'fox', 2);
    await expect.poll(async () => (await get({})).value, { timeout: 10_000, interval: 5 }).toBe(2);
    expect((await get({ stale: true })).source).toMatchObject({ host: two.host, role: 'active' });

    // Its process goes on, but nobody hears of it: as a network that is cut.
    await two.server.close();
    await expect(get({})).rejects.toMatchObject({ code: 'INSTANCE_UNAVAILABLE' });
    const stale = () => get({ stale: { maxLag: 100 } });
    await expect.poll(async () => (await stale()).value, { timeout: 10_000, interval: 5 }).toBe(2);
    const before = await stale();
    expect(before.source).toMatchObject({ host: null, role: 'standby' });
    const changelog = 'app-counts-changelog';
    expect(before.position[changelog]?.[partition]).toBeGreaterThanOrEqual(0);

    await send(partition, 'fox', 3);
    const next = (before.position[changelog]?.[partition] ?? 0) + 1;
    const atLeast = { [changelog]: { [partition]: next } };
    const after = await one.app.query(counts, { stale: true, atLeast, partition, timeoutMs: 10_000 }).get('fox');
    expect(after.value).toBeGreaterThan(2);
    await expect.poll(async () => (await stale()).value, { timeout: 10_000, interval: 5 }).toBe(5);
  });

  it('is found by other instances, and named in the metadata', async () => {
    const [one, two, three] = [await start(), await start(), await start()];
    const metadataOf = (app: StreamsApp) => [0, 1].map((partition) => app.queries.hosts('counts', partition));
    const settled = () => {
      const [first, ...others] = [one, two, three].map(({ app }) => JSON.stringify(metadataOf(app)));
      const complete = metadataOf(three.app).every(({ activeHost, standbyHosts }) => activeHost && standbyHosts[0]);
      return complete && others.every((other) => other === first) && [one, two, three].every(runs);
    };
    await expect.poll(settled, { timeout: 10_000, interval: 5 }).toBe(true);
    const instances = [one, two, three];
    const [{ activeHost, standbyHosts } = { activeHost: null, standbyHosts: [] }] = metadataOf(three.app);
    const active = instances.find(({ host }) => host === activeHost);
    const asker = instances.find(({ host }) => host !== activeHost && !standbyHosts.includes(host));
    expect(asker?.app.metadataForStore('counts').flatMap(({ standbyStores }) => standbyStores)).toContain('counts');

    await send(0, 'fox', 2);
    const get = async () =>
      asker?.app.query(counts, { stale: true, partition: 0, timeoutMs: 200 }).get('fox') ?? Promise.reject(new Error());
    await expect.poll(async () => (await get()).value, { timeout: 10_000, interval: 5 }).toBe(2);
    await active?.server.close();
    await expect.poll(async () => (await get()).value, { timeout: 10_000, interval: 5 }).toBe(2);
    expect((await get()).source).toMatchObject({ host: standbyHosts[0], role: 'standby' });
  });
});
