import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import {
  resetApplication,
  serdes,
  StreamsApp,
  StreamsBuilder,
  type KafkaClient,
  type ResetOptions,
  type ResetPlan,
  type Topology,
} from '../../src/index.ts';

const strings = { key: serdes.string, value: serdes.string };
const INTERNAL = ['app-by-word-repartition', 'app-counts-changelog'];

describe('resetApplication', () => {
  let dir: string;
  let broker: EmbeddedBroker;
  let client: KafkaClient;
  const closers: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'reset-'));
    broker = new EmbeddedBroker();
    client = await connected();
    await client.admin.createTopics(
      ['in', 'out', 'dead'].map((name) => ({ name, partitions: 2, replicationFactor: 1 })),
    );
    await send(['a', 10], ['b', 20], ['a', 30]);
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await rm(dir, { recursive: true, force: true });
  });

  async function connected(): Promise<KafkaClient> {
    const made = embeddedClient(broker);
    await made.connect();
    closers.push(() => made.close());
    return made;
  }

  async function send(...words: readonly (readonly [string, number])[]): Promise<void> {
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    for (const [word, time] of words) producer.send('in', 1, Buffer.from('k'), Buffer.from(word), time, []);
    await producer.flush();
    await producer.close();
  }

  function counting(): Topology {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .groupBy((word) => word, { key: serdes.string, name: 'by-word' })
      .count({ store: 'counts' })
      .toStream()
      .to('out', { key: serdes.string, value: serdes.int64 });
    return builder.build();
  }

  async function run(topology: Topology): Promise<StreamsApp> {
    const app = new StreamsApp(topology, {
      applicationId: 'app',
      kafka: { client: await connected() },
      stateDir: dir,
      commitIntervalMs: 20,
    });
    closers.push(() => app.close());
    await app.start();
    for (const end = Date.now() + 10_000; !(await app.caughtUp());) {
      if (Date.now() > end) throw new Error('not through within 10 s');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return app;
  }

  function reset(options: Partial<ResetOptions> = {}): Promise<ResetPlan> {
    return resetApplication({ topology: counting(), applicationId: 'app', client, stateDir: dir, ...options });
  }

  it('says what it would do and changes nothing, unless it is told to', async () => {
    await (await run(counting())).close();
    await client.admin.createTopics([{ name: 'app-old-changelog', partitions: 1, replicationFactor: 1 }]);
    const before = await client.admin.fetchOffsets('app');
    const plan = await reset();
    expect(plan).toMatchObject({
      offsets: [
        { topic: 'in', partition: 0, from: null, to: 0, own: false },
        { topic: 'in', partition: 1, from: 3, to: 0, own: false },
      ],
      internalTopics: INTERNAL,
      unknownTopics: ['app-old-changelog'],
      missingTopics: [],
      keptOffsets: [],
      stateEntries: ['1_0', '1_1'],
    });
    expect(await client.admin.fetchOffsets('app')).toEqual(before);
    expect((await client.admin.describeTopics(INTERNAL)).size).toBe(2);
    expect(await readdir(join(dir, 'app'))).toContain('1_0');
  });

  it('begins anew: the next start counts everything once', async () => {
    await (await run(counting())).close();
    await reset({ execute: true });
    expect((await client.admin.describeTopics(INTERNAL)).size).toBe(0);
    const ends = await client.admin.listOffsets([{ topic: 'out', partition: 0 }], 'latest');
    const app = await run(counting());
    expect([app.store('counts').get('a'), app.store('counts').get('b')]).toEqual([2, 1]);
    expect(await client.admin.listOffsets([{ topic: 'out', partition: 0 }], 'latest')).not.toEqual(ends);
  });

  it.each([
    ['earliest', 0],
    ['latest', 3],
    [{ offset: 2 }, 2],
    [{ offset: 99 }, 3],
    [{ timeMs: 15 }, 1],
    [{ timeMs: 99 }, 3],
    [{ shiftBy: -2 }, 1],
    [{ shiftBy: -9 }, 0],
  ] as const)('moves the input to %j, within what there is', async (position, expected) => {
    await (await run(counting())).close();
    await reset({ position, execute: true });
    expect(await client.admin.fetchOffsets('app', [{ topic: 'in', partition: 1 }])).toMatchObject([
      { offset: expected },
    ]);
    const app = await run(counting());
    expect(app.store('counts').get('a') ?? 0).toBe(
      ['a', 'b', 'a'].slice(expected).filter((word) => word === 'a').length,
    );
  });

  it('refuses while the group has members, and removes those that are gone when it is forced to', async () => {
    const app = await run(counting());
    await app.close();
    const gone = client.member({
      groupId: 'app',
      protocol: 'p',
      subscription: () => Buffer.alloc(0),
      assign: async (members) => new Map(members.map(({ memberId }) => [memberId, Buffer.alloc(0)])),
    });
    await gone.join();
    await expect(reset({ execute: true })).rejects.toMatchObject({
      code: 'ILLEGAL_STATE',
      message: expect.stringContaining('stop all instances') as string,
    });
    expect((await client.admin.describeTopics(INTERNAL)).size).toBe(2);
    await reset({ execute: true, force: true });
    expect((await client.admin.describeTopics(INTERNAL)).size).toBe(0);
    await gone.leave();
  });

  it('deletes a topic of an earlier version when it is named, and no topic of others', async () => {
    await client.admin.createTopics([{ name: 'app-old-changelog', partitions: 1, replicationFactor: 1 }]);
    await reset({ execute: true, internalTopics: ['app-old-changelog'] });
    expect((await client.admin.describeTopics(['app-old-changelog'])).size).toBe(0);
    await expect(reset({ internalTopics: ['out'] })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('skips what the application wrote into its own input, since it will write it again', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', strings).to('out', strings);
    builder.stream('out', strings).to('dead', strings);
    const topology = builder.build();
    await (await run(topology)).close();
    const { offsets } = await reset({ topology, execute: true });
    expect(offsets.filter(({ own }) => own).map(({ topic }) => topic)).toEqual(['out', 'out']);
    expect(offsets.filter(({ own, to }) => own && to > 0)).toHaveLength(1);
    const dead = (): Promise<number> =>
      client.admin
        .listOffsets(
          [0, 1].map((partition) => ({ topic: 'dead', partition })),
          'latest',
        )
        .then((ends) => ends.reduce((sum, { offset }) => sum + offset, 0));
    expect(await dead()).toBe(3);
    await run(topology);
    expect(await dead()).toBe(6);
  });
});
