import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { kafkaClient, serdes, StreamsApp, StreamsBuilder } from '../../../src/index.ts';
import type { Fetcher, FetcherOptions, KafkaClient } from '../../../src/kafka/client.ts';
import { TestCluster, until } from './cluster.ts';

const brokers = inject('kafkaBootstrap');
const TOPICS = 10;
const TASKS = 50;
const RECORDS = 4_000;
const VALUE_BYTES = 2_000;
const strings = { key: serdes.string, value: serdes.string };

/** What an application may keep in memory by its settings, all together 34 MiB; the input is 80 MB. */
const limits = {
  inputBufferMaxBytes: 16 << 20,
  restoreBufferMaxBytes: 4 << 20,
  cacheMaxBytes: 1 << 20,
  storeMemoryMaxBytes: 13 << 20,
  uncommittedMaxBytes: 256 << 10,
} as const;
const BATCH_BYTES = 8 * 1024;
/** A broker sends a batch whole: a partition may hold one above its share. Changelog batches are the producer's default. */
const above = { input: TOPICS * TASKS * 1.25 * BATCH_BYTES, restore: TASKS * 128 * 1024 };
/** What Node itself takes for code, the young generation, buffers that wait for the collector, and this test. */
const SLACK_BYTES = 250 << 20;

describe.skipIf(brokers.length === 0)('500 partitions in 50 tasks of one process', { timeout: 180_000 }, () => {
  const cluster = new TestCluster(brokers.length > 0 ? brokers : ['127.0.0.1:1']);
  beforeAll(() => cluster.open());
  afterAll(() => cluster.close());

  it('need no more memory than is configured, while they process and while they restore', async () => {
    const topics = await Promise.all(Array.from({ length: TOPICS }, () => cluster.topic('in', TASKS)));
    const filler = 'x'.repeat(VALUE_BYTES);
    for (const topic of topics) {
      await cluster.send(
        topic,
        Array.from({ length: RECORDS }, (_, i) => `${i} ${filler}`),
        (value) => value.slice(0, 5),
        BATCH_BYTES,
      );
    }
    const builder = new StreamsBuilder();
    builder
      .stream(topics, strings)
      .groupByKey()
      .reduce((_last, value) => value, { store: 'last', ...strings });
    const topology = builder.build();

    const most = { input: 0, restore: 0, rss: 0 };
    const id = cluster.name('wide');
    async function run(stateDir: string): Promise<{ readonly restored: number; readonly tasks: number }> {
      const client = kafkaClient({ brokers });
      await client.connect();
      const watched: KafkaClient = Object.create(client, {
        fetcher: {
          value: (options: FetcherOptions): Fetcher => {
            const fetcher = client.fetcher(options);
            const what = options.maxBufferedBytes === limits.restoreBufferMaxBytes ? 'restore' : 'input';
            const poll = fetcher.poll.bind(fetcher);
            // Bytes arrive before a poll and are released after it: no peak is missed here.
            fetcher.poll = () => {
              most[what] = Math.max(most[what], fetcher.bufferedBytes);
              most.rss = Math.max(most.rss, process.memoryUsage.rss());
              return poll();
            };
            return fetcher;
          },
        },
      }) as KafkaClient;
      const app = new StreamsApp(topology, {
        applicationId: id,
        kafka: { client: watched },
        stateDir: join(cluster.dir, stateDir),
        commitIntervalMs: 200,
        ...limits,
      });
      await app.start();
      await until('the end of the input', () => app.caughtUp(), 90_000);
      const { tasks } = app.status();
      await app.close();
      await client.close();
      return { restored: tasks.reduce((sum, task) => sum + task.restored, 0), tasks: tasks.length };
    }

    const before = process.memoryUsage.rss();
    const first = await run('first');
    const afterProcessing = most.rss;
    most.rss = 0;
    const second = await run('second');
    const configured =
      limits.inputBufferMaxBytes + limits.restoreBufferMaxBytes + limits.cacheMaxBytes + limits.storeMemoryMaxBytes;
    const mib = (bytes: number): number => Math.round(bytes / (1 << 20));
    console.log(
      `500 partitions, ${first.tasks} tasks: at most ${mib(most.input)} MiB of ${mib(limits.inputBufferMaxBytes)} wait for processing, ` +
        `${mib(most.restore)} of ${mib(limits.restoreBufferMaxBytes)} for the restore of ${second.restored} records; ` +
        `resident ${mib(before)} MiB before, ${mib(afterProcessing)} while processing, ${mib(most.rss)} while restoring`,
    );
    expect([first.tasks, first.restored]).toEqual([TASKS, 0]);
    expect(second.restored).toBeGreaterThanOrEqual(RECORDS);
    expect(most.input).toBeGreaterThan(0);
    expect(most.input).toBeLessThanOrEqual(limits.inputBufferMaxBytes + above.input);
    expect(most.restore).toBeGreaterThan(0);
    expect(most.restore).toBeLessThanOrEqual(limits.restoreBufferMaxBytes + above.restore);
    expect(afterProcessing - before).toBeLessThan(configured + SLACK_BYTES);
    // The second run does not add to the first.
    expect(most.rss - before).toBeLessThan(configured + SLACK_BYTES);
  });
});
