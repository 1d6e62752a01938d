import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { serdes, StreamsApp, StreamsBuilder, type StreamsConfig, type Topology } from '../../../src/index.ts';
import { partitionOf } from '../../../src/kafka/wire/murmur2.ts';
import { TestCluster, until } from './cluster.ts';

const brokers = inject('kafkaBootstrap');
const PARTITIONS = 6;
const INSTANCES = ['a', 'b', 'c'] as const;
const KEYS = 60_000;
const SEND_EVERY_MS = 20;
const GOAL_MS = 3_000;
const strings = { key: serdes.string, value: serdes.string };

describe.skipIf(brokers.length === 0)('a rolling restart of three instances under load', { timeout: 180_000 }, () => {
  const cluster = new TestCluster(brokers.length > 0 ? brokers : ['127.0.0.1:1']);
  const apps = new Map<string, StreamsApp>();
  /** What goes on beside a test, and would go on after one that fails. */
  const loops: AbortController[] = [];

  beforeAll(() => cluster.open());
  afterEach(async () => {
    for (const loop of loops.splice(0)) loop.abort();
    await Promise.all([...apps.values()].map((app) => app.close()));
    apps.clear();
  });
  afterAll(() => cluster.close());

  function counting(input: string, output: string): Topology {
    const builder = new StreamsBuilder();
    builder
      .stream(input, strings)
      .groupByKey()
      .count({ store: 'counts', cached: false })
      .toStream()
      .to(output, { key: serdes.string, value: serdes.int64 });
    return builder.build();
  }

  async function start(name: string, topology: Topology, applicationId: string, over: Partial<StreamsConfig>) {
    const app = new StreamsApp(topology, {
      applicationId,
      kafka: { brokers },
      stateDir: join(cluster.dir, applicationId, name),
      commitIntervalMs: 500,
      numStandbyReplicas: 1,
      // A copy that is not current yet when its task should move to it is looked at again soon, not in ten minutes.
      probingRebalanceIntervalMs: 1_000,
      ...over,
    });
    apps.set(name, app);
    await app.start();
  }

  const balanced = (what: string, each: number): Promise<void> =>
    until(
      what,
      () => [...apps.values()].every((app) => app.state === 'RUNNING' && app.status().tasks.length === each),
      60_000,
    );

  /** One key of each partition. */
  const keys = Array.from({ length: PARTITIONS }, (_, partition) => {
    for (let i = 0; ; i++) if (partitionOf(Buffer.from(`beat${i}`), PARTITIONS) === partition) return `beat${i}`;
  });

  /** Sends a record to each partition again and again. */
  function beat(input: string) {
    const over = new AbortController();
    loops.push(over);
    let sent = 0;
    const done = (async () => {
      const producer = cluster.client.producer({ lingerMs: 0 });
      await producer.init();
      for (; !over.signal.aborted; sent++) {
        keys.forEach((key, partition) =>
          producer.send(input, partition, Buffer.from(key), Buffer.from(String(sent)), Date.now(), []),
        );
        await pause(SEND_EVERY_MS);
      }
      await producer.flush();
      await producer.close();
    })();
    return async () => {
      over.abort();
      await done;
      return sent;
    };
  }

  /** The longest time between two outputs of one partition, in ms. */
  async function watch(output: string) {
    const fetcher = cluster.client.fetcher({ maxWaitMs: 50 });
    const ends = await cluster.client.admin.listOffsets(
      keys.map((_, partition) => ({ topic: output, partition })),
      'latest',
    );
    for (const { partition, offset } of ends) fetcher.add(output, partition, offset);
    const seenAt = new Map(keys.map((_, partition) => [partition, performance.now()]));
    const longest = new Map(keys.map((_, partition) => [partition, 0]));
    const over = new AbortController();
    loops.push(over);
    const done = (async () => {
      while (!over.signal.aborted) {
        await fetcher.arrival(100);
        for (const chunk of fetcher.poll()) {
          const now = performance.now();
          const gap = now - (seenAt.get(chunk.partition) ?? now);
          longest.set(chunk.partition, Math.max(gap, longest.get(chunk.partition) ?? 0));
          seenAt.set(chunk.partition, now);
          fetcher.release(chunk);
        }
      }
      await fetcher.close();
    })();
    return async () => {
      over.abort();
      await done;
      const now = performance.now();
      for (const [partition, at] of seenAt) longest.set(partition, Math.max(now - at, longest.get(partition) ?? 0));
      return longest;
    };
  }

  it.each([
    ['at_least_once', {}],
    ['exactly_once_v2', { processingGuarantee: 'exactly_once_v2', commitIntervalMs: 100 }],
  ] as const)('lets no partition stand still for long, and counts exactly: %s', async (_, over) => {
    const [input, output, id] = [
      await cluster.topic('in', PARTITIONS),
      await cluster.topic('out', PARTITIONS),
      cluster.name('rolling'),
    ];
    await cluster.send(
      input,
      Array.from({ length: KEYS }, (_one, i) => `key ${i}`),
    );
    const topology = counting(input, output);
    await Promise.all(INSTANCES.map((name) => start(name, topology, id, over)));
    await balanced('shares of two', 2);
    await until('the end of the input', async () =>
      (await Promise.all([...apps.values()].map((app) => app.caughtUp()))).every((caughtUp) => caughtUp),
    );
    const endBeat = beat(input);
    await cluster.read(
      output,
      (all) => new Set(all.filter(({ key }) => key?.startsWith('beat')).map(({ key }) => key)).size === PARTITIONS,
    );
    const endWatch = await watch(output);
    let restored = 0;
    for (const name of INSTANCES) {
      await apps.get(name)?.close();
      apps.delete(name);
      await balanced('shares of three', 3);
      await start(name, topology, id, over);
      await balanced('shares of two', 2);
      for (const task of apps.get(name)?.status().tasks ?? []) restored += task.restored;
    }
    const stood = await endWatch();
    const sent = await endBeat();
    const wanted = new Map(keys.map((key) => [key, sent]));
    const counts = await cluster.counts(output, wanted);
    for (const key of keys) expect.soft([key, counts.get(key)]).toEqual([key, sent]);
    const longest = Math.max(...stood.values());
    console.log(
      `rolling restart: ${sent} records to each of ${PARTITIONS} partitions; the longest time one stood still was ${Math.round(longest)} ms; ` +
        `${restored} records restored by the restarted instances`,
    );
    expect(longest).toBeLessThan(GOAL_MS);
    expect([...apps.values()].map((app) => [app.error, app.status().restarts])).toEqual(INSTANCES.map(() => [null, 0]));
  });
});
