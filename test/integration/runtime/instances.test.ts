import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  kafkaClient,
  serdes,
  StreamsApp,
  StreamsBuilder,
  type StreamsConfig,
  type Topology,
} from '../../../src/index.ts';
import type { Fetcher, FetcherOptions, KafkaClient } from '../../../src/kafka/client.ts';
import { TestCluster, until, within } from './cluster.ts';

const brokers = inject('kafkaBootstrap');
const PARTITIONS = 6;
const WORDS = 20;
const strings = { key: serdes.string, value: serdes.string };

describe.skipIf(brokers.length === 0)('instances of one application', () => {
  const cluster = new TestCluster(brokers.length > 0 ? brokers : ['127.0.0.1:1']);
  const running: StreamsApp[] = [];

  beforeAll(() => cluster.open());
  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.close()));
  });
  afterAll(() => cluster.close());

  function counting(input: string, output: string): Topology {
    const builder = new StreamsBuilder();
    builder
      .stream(input, strings)
      .groupBy((value) => value, { key: serdes.string, name: 'by-word' })
      .count({ store: 'counts' })
      .toStream()
      .to(output, { key: serdes.string, value: serdes.int64 });
    return builder.build();
  }

  function make(topology: Topology, applicationId: string, name: string, over: Partial<StreamsConfig> = {}) {
    const app = new StreamsApp(topology, {
      applicationId,
      kafka: { brokers },
      stateDir: join(cluster.dir, applicationId, name),
      commitIntervalMs: 100,
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 100,
      ...over,
    });
    running.push(app);
    return app;
  }

  const tasksOf = (app: StreamsApp): number => app.status().tasks.length;
  /** For how long the application was not RUNNING, at most, in ms. */
  function standing(app: StreamsApp): () => number {
    let since: number | null = null;
    let longest = 0;
    app.onStateChange((now) => {
      if (now === 'RUNNING' && since !== null) longest = Math.max(longest, performance.now() - since);
      since = now === 'RUNNING' ? null : performance.now();
    });
    return () => longest;
  }

  it('two and three share the tasks, come and go under load, and lose nothing', async () => {
    const [input, output, id] = [
      await cluster.topic('in', PARTITIONS),
      await cluster.topic('out', PARTITIONS),
      cluster.name('shared'),
    ];
    const topology = counting(input, output);
    let sent = 0;
    const loaded = new AbortController();
    const first = make(topology, id, 'a');
    const stood = standing(first);
    await first.start();
    const load = (async () => {
      while (!loaded.signal.aborted) {
        await cluster.send(
          input,
          Array.from({ length: WORDS * 5 }, (_, i) => `w${i % WORDS}`),
          () => `k${Math.random()}`,
        );
        sent += 5;
      }
    })();
    const balanced = (...apps: StreamsApp[]): Promise<void> =>
      until(`balance of ${apps.length}`, () => {
        const shares = apps.map(tasksOf);
        const all = shares.reduce((a, b) => a + b, 0) === 2 * PARTITIONS;
        return all && apps.every((app) => app.state === 'RUNNING') && Math.max(...shares) - Math.min(...shares) <= 1;
      });
    const second = make(topology, id, 'b');
    await second.start();
    await balanced(first, second);
    const third = make(topology, id, 'c');
    await third.start();
    await balanced(first, second, third);
    await second.close();
    await balanced(first, third);
    const again = make(topology, id, 'b');
    await again.start();
    await balanced(first, third, again);
    await Promise.all([third.close(), again.close()]);
    await balanced(first);
    loaded.abort();
    await load;
    const wanted = new Map(Array.from({ length: WORDS }, (_, i) => [`w${i}`, sent]));
    const counts = await cluster.counts(output, wanted);
    for (const [word, count] of counts) expect.soft([word, count >= sent]).toEqual([word, true]);
    expect([first, second, third, again].map((app) => [app.error, app.status().restarts])).toEqual(
      Array.from({ length: 4 }, () => [null, 0]),
    );
    expect(stood()).toBeLessThan(5_000);
    // Members that left in good order repeat nothing, so the counts are exact.
    expect(counts).toEqual(wanted);
  });

  it('can be closed while it is joining, and twice', async () => {
    const [input, output, id] = [
      await cluster.topic('in', PARTITIONS),
      await cluster.topic('out', PARTITIONS),
      cluster.name('closing'),
    ];
    // A member that does not answer to the rebalance holds everybody's join back.
    const member = cluster.client.member({
      groupId: id,
      protocol: 'topology-streams',
      rebalanceTimeoutMs: 60_000,
      sessionTimeoutMs: 30_000,
      subscription: () => Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x7b, 0x7d]),
      assign: async (members) => new Map(members.map(({ memberId }) => [memberId, Buffer.alloc(0)])),
    });
    await member.join();
    const app = make(counting(input, output), id, 'a');
    const starting = app.start().catch((error: unknown) => error);
    await until('a join', async () => {
      const { state } = await cluster.client.admin.describeGroup(id);
      return state === 'PreparingRebalance';
    });
    await within(5_000, 'close', () => Promise.all([app.close(), app.close()]));
    expect(await starting).toMatchObject({ code: 'ILLEGAL_STATE' });
    expect([app.state, app.error]).toEqual(['NOT_RUNNING', null]);
    await member.leave();
  });

  it('works on 200 partitions within its input budget', { timeout: 60_000 }, async () => {
    const [input, output, id] = [await cluster.topic('wide', 200), await cluster.topic('out', 4), cluster.name('wide')];
    const records = 8_000;
    const filler = 'x'.repeat(2_000);
    await cluster.send(
      input,
      Array.from({ length: records }, (_, i) => `${i} ${filler}`),
    );
    const builder = new StreamsBuilder();
    builder
      .stream(input, strings)
      .mapValues((value) => value.slice(0, 8))
      .to(output, strings);
    // A quarter of the input.
    const inputBufferMaxBytes = 4 << 20;
    const client = kafkaClient({ brokers });
    await client.connect();
    const fetchers: Fetcher[] = [];
    const watched: KafkaClient = Object.create(client, {
      fetcher: {
        value: (options: FetcherOptions) => {
          const fetcher = client.fetcher(options);
          fetchers.push(fetcher);
          return fetcher;
        },
      },
    }) as KafkaClient;
    const app = make(builder.build(), id, 'a', { inputBufferMaxBytes, kafka: { client: watched } });
    let most = 0;
    const watch = setInterval(() => {
      for (const { bufferedBytes } of fetchers) most = Math.max(most, bufferedBytes);
    });
    try {
      await app.start();
      await until('the end of the input', () => app.caughtUp(), 40_000);
    } finally {
      clearInterval(watch);
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(inputBufferMaxBytes);
    expect(app.status().tasks.length).toBe(200);
    const read = await cluster.read(output, (all) => all.length >= records);
    expect(read.length).toBe(records);
    await app.close();
    await client.close();
  });
});
