import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type * as Library from '../../../src/index.ts';
import type { StreamsApp, StreamsConfig, Topology } from '../../../src/index.ts';
import { buildCommand } from '../../faults/command.ts';
import { TestCluster, until } from './cluster.ts';

const brokers = inject('kafkaBootstrap');
const PARTITIONS = 8;
const WORDS = 20;
type Build = (context: { readonly data: unknown }) => Topology;

/** Real worker threads need compiled sources: everything here runs on the build. */
describe.skipIf(brokers.length === 0)('an application of several stream threads', { timeout: 120_000 }, () => {
  const cluster = new TestCluster(brokers.length > 0 ? brokers : ['127.0.0.1:1']);
  const running: StreamsApp[] = [];
  const url = new URL('./threads.mjs', import.meta.url);
  let library: typeof Library;
  let build: Build;

  beforeAll(async () => {
    buildCommand();
    const index = pathToFileURL(resolve('dist/index.js')).href;
    process.env['TOPOLOGY_BUILD'] = index;
    library = (await import(index)) as typeof Library;
    build = ((await import(url.href)) as { default: Build }).default;
    await cluster.open();
  }, 120_000);
  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.close()));
  });
  afterAll(() => cluster.close());

  async function prepare() {
    const [input, output] = [await cluster.topic('in', PARTITIONS), await cluster.topic('out', PARTITIONS)];
    return { id: cluster.name('threads'), data: { input, output } };
  }

  type Place = Awaited<ReturnType<typeof prepare>>;

  function make({ id, data }: Place, over: Partial<StreamsConfig> = {}, name = 'a'): StreamsApp {
    const app = new library.StreamsApp(build({ data }), {
      applicationId: id,
      kafka: { brokers },
      stateDir: join(cluster.dir, id, name),
      commitIntervalMs: 100,
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 100,
      numStreamThreads: 4,
      module: { url, data },
      ...over,
    });
    running.push(app);
    return app;
  }

  const words = (count: number): string[] => Array.from({ length: count }, (_, i) => `w${i % WORDS}`);
  const each = (count: number): Map<string, number> =>
    new Map(Array.from({ length: WORDS }, (_, i) => [`w${i}`, count]));
  let keys = 0;
  const anyKey = (): string => `k${keys++}`;
  const shares = (app: StreamsApp): string =>
    app
      .status()
      .threads.map(({ tasks }) => tasks.length)
      .sort((a, b) => a - b)
      .join();

  it('counts right with four, while threads come and go', async () => {
    const place = await prepare();
    const app = make(place);
    await app.start();
    await until('four shares', () => app.state === 'RUNNING' && shares(app) === '4,4,4,4');
    const load = cluster.send(place.data.input, words(20_000), anyKey);
    const added = app.addStreamThread();
    expect(added).toContain('StreamThread-5');
    await until('five shares', () => app.state === 'RUNNING' && shares(app) === '3,3,3,3,4');
    expect(await app.removeStreamThread()).toBe(added);
    await app.removeStreamThread();
    await load;
    await until('three shares', () => app.state === 'RUNNING' && shares(app) === '5,5,6');
    await until('the end', () => app.caughtUp());
    expect(await cluster.counts(place.data.output, each(1_000))).toEqual(each(1_000));
    const { queryable, serdes } = library;
    const counts = app.query(queryable.keyValue('counts', { key: serdes.string, value: serdes.int64 }));
    expect(await Promise.all([...each(0).keys()].map(async (word) => (await counts.get(word)).value))).toEqual(
      Array.from({ length: WORDS }, () => 1_000),
    );
    expect(app.status()).toMatchObject({ restarts: 0, error: null });
    expect(await app.metrics.metrics()).toMatch(/kafka_streams_stream_metrics_alive_stream_threads\{.*\} 3/);
    await app.close();
    expect(app.state).toBe('NOT_RUNNING');
  });

  it('counts exactly once with four, over a restart', async () => {
    const place = await prepare();
    const exactly = { processingGuarantee: 'exactly_once_v2' as const };
    const first = make(place, exactly);
    await first.start();
    const load = cluster.send(place.data.input, words(10_000), anyKey);
    await cluster.read(place.data.output, (read) => read.length > 0);
    await first.close();
    const second = make(place, exactly);
    await second.start();
    await load;
    second.addStreamThread();
    await cluster.send(place.data.input, words(10_000), anyKey);
    await until('the end', () => second.caughtUp(), 60_000);
    expect(await cluster.counts(place.data.output, each(1_000))).toEqual(each(1_000));
  });

  it('stops all instances when one asks for it', async () => {
    const place = await prepare();
    const [one, two] = [
      make(place, { numStreamThreads: 2, uncaughtExceptionHandler: () => 'shutdownApplication' }),
      make(place, { numStreamThreads: 2, uncaughtExceptionHandler: () => 'shutdownApplication' }, 'b'),
    ];
    await Promise.all([one.start(), two.start()]);
    await until('both', () => shares(one) === '4,4' && shares(two) === '4,4');
    await cluster.send(place.data.input, ['poison']);
    await until('the end of both', () => one.state === 'ERROR' && two.state === 'ERROR');
    const codes = [one, two].map(({ error }) => (error && 'code' in error ? String(error.code) : ''));
    expect(codes.sort((a, b) => a.localeCompare(b))).toEqual(['PROCESSING', 'SHUTDOWN_REQUESTED']);
    expect([one, two].map(({ error }) => error?.message)).toEqual(
      expect.arrayContaining([expect.stringMatching(/an instance stopped all: .*a poisoned record/)]),
    );
  });

  it('closes within its time-out although a thread hears nothing any more', async () => {
    const place = await prepare();
    const app = make(place, { numStreamThreads: 2 });
    await app.start();
    await until('two shares', () => app.state === 'RUNNING' && shares(app) === '8,8');
    // In a partition of the worker: the loop of this test has to go on.
    const worker = app.status().tasks.filter(({ id }) => app.status().threads[1]?.tasks.includes(id));
    const partition = worker.flatMap(({ topics }) => topics).find(({ topic }) => topic === place.data.input)?.partition;
    const producer = cluster.client.producer();
    await producer.init();
    producer.send(place.data.input, partition ?? -1, Buffer.from('k'), Buffer.from('spin'), Date.now(), []);
    await producer.flush();
    await producer.close();
    await until('silence', async () => !(await app.caughtUp()));
    const begun = performance.now();
    await app.close({ timeoutMs: 2_000 });
    expect(performance.now() - begun).toBeLessThan(3_000);
    expect(app.state).toBe('NOT_RUNNING');
    // The folder is free again.
    const next = make(place, { numStreamThreads: 1 });
    const lock = next.start().catch((error: unknown) => error);
    await until('another', () => next.state !== 'CREATED');
    await next.close();
    expect(await lock).toMatchObject({ code: 'ILLEGAL_STATE' });
  });
});
