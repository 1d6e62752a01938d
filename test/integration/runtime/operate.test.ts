import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  resetApplication,
  serdes,
  StreamsApp,
  StreamsBuilder,
  type StreamsConfig,
  type Topology,
} from '../../../src/index.ts';
import { TestCluster, until } from './cluster.ts';

const brokers = inject('kafkaBootstrap');
const strings = { key: serdes.string, value: serdes.string };

describe.skipIf(brokers.length === 0)('operating an application on a real broker', () => {
  const cluster = new TestCluster(brokers.length > 0 ? brokers : ['127.0.0.1:1']);
  const running: StreamsApp[] = [];

  beforeAll(() => cluster.open());
  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.close()));
  });
  afterAll(() => cluster.close());

  function counting(input: string): Topology {
    const builder = new StreamsBuilder();
    builder
      .stream(input, strings)
      .groupBy((value) => value, { key: serdes.string, name: 'by-word' })
      .count({ store: 'counts' });
    return builder.build();
  }

  async function run(
    topology: Topology,
    applicationId: string,
    over: Partial<StreamsConfig> = {},
  ): Promise<StreamsApp> {
    const stateDir = join(cluster.dir, 'state');
    const app = new StreamsApp(topology, {
      applicationId,
      kafka: { brokers },
      stateDir,
      commitIntervalMs: 50,
      sessionTimeoutMs: 60_000,
      heartbeatIntervalMs: 200,
      ...over,
    });
    running.push(app);
    await app.start();
    await until('everything is read', () => app.caughtUp());
    return app;
  }

  it.each(['at_least_once', 'exactly_once_v2'] as const)(
    'purges repartition topics up to what is committed (%s)',
    async (processingGuarantee) => {
      const input = await cluster.topic('words');
      const id = cluster.name('purge');
      await cluster.send(input, ['a', 'b', 'a']);
      const app = await run(counting(input), id, { repartitionPurgeIntervalMs: 200, processingGuarantee });
      const repartition = [{ topic: `${id}-by-word-repartition`, partition: 0 }];
      const { admin } = cluster.client;
      const start = async (): Promise<number> => (await admin.listOffsets(repartition, 'earliest'))[0]?.offset ?? -1;
      // A transaction's end is a record, too: the position is behind the last word, at the least.
      await until('the purge', async () => (await start()) >= 3);
      await cluster.send(input, ['c', 'a']);
      await until('the second purge', async () => (await start()) >= 5);
      expect(app.store('counts').get('a')).toBe(3);
      const sent = /kafka_producer_producer_metrics_record_send_total\{.*\} (\d+)/.exec(await app.metrics.metrics());
      // Five words, and a count of each of three at the least.
      expect(Number(sent?.[1])).toBeGreaterThanOrEqual(8);
    },
  );

  it('resets an application, whose next start counts everything once', async () => {
    const input = await cluster.topic('words', 2);
    const id = cluster.name('reset');
    const topology = counting(input);
    const options = { topology, applicationId: id, client: cluster.client, stateDir: join(cluster.dir, 'state') };
    await cluster.send(input, ['a', 'b', 'a']);
    const app = await run(topology, id);
    await expect(resetApplication({ ...options, execute: true })).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
    await app.close();
    const plan = await resetApplication({ ...options, execute: true });
    expect(plan.internalTopics).toEqual([`${id}-by-word-repartition`, `${id}-counts-changelog`]);
    const committed = await cluster.client.admin.fetchOffsets(id);
    expect(committed.map(({ topic, offset }) => [topic, offset])).toEqual([
      [input, 0],
      [input, 0],
    ]);
    const next = await run(topology, id);
    expect([next.store('counts').get('a'), next.store('counts').get('b')]).toEqual([2, 1]);
  });

  it('removes members that are gone, of a static one as well, when it is forced to', async () => {
    const input = await cluster.topic('words');
    const id = cluster.name('forced');
    const app = await run(counting(input), id, { groupInstanceId: 'one' });
    // A static member that stops stays in the group until its session expires.
    await app.close();
    const { admin } = cluster.client;
    expect((await admin.describeGroup(id)).members).toHaveLength(1);
    await resetApplication({
      topology: counting(input),
      applicationId: id,
      client: cluster.client,
      force: true,
      execute: true,
      stateDir: join(cluster.dir, 'state'),
    });
    expect((await admin.describeGroup(id)).members).toEqual([]);
  });
});
