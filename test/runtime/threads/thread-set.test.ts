import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../../src/embedded/broker.ts';
import { embeddedClient } from '../../../src/embedded/client.ts';
import { startWireServer, type WireServer } from '../../../src/embedded/wire-server.ts';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import { serdes } from '../../../src/serdes/serdes.ts';
import { createLogger } from '../../../src/observe/logger.ts';
import { resolveConfig, type StreamsConfig } from '../../../src/runtime/config.ts';
import { caughtUp } from '../../../src/runtime/caught-up.ts';
import { AppQueries } from '../../../src/runtime/queries/app-queries.ts';
import { queryable } from '../../../src/runtime/queries/queryable.ts';
import { LocalThread } from '../../../src/runtime/threads/local-thread.ts';
import { serveThread } from '../../../src/runtime/threads/serve-thread.ts';
import type { StartWorker } from '../../../src/runtime/threads/start-worker.ts';
import { type ThreadMaker, threadMaker } from '../../../src/runtime/threads/thread-maker.ts';
import { ThreadSet } from '../../../src/runtime/threads/thread-set.ts';
import { WorkerThread } from '../../../src/runtime/threads/worker-thread.ts';
import counting, { breakers } from './pipeline.ts';

/** Runs the worker's program in this thread, so that the sources need not be compiled. */
const sameThread: StartWorker = (start) => {
  const cloned = { ...structuredClone({ ...start, port: null }), port: start.port };
  return { ended: serveThread(cloned).then(() => null), terminate: () => undefined };
};

const url = new URL('./pipeline.ts', import.meta.url);
const countOf = {
  store: 'counts',
  query: { kind: 'count' },
  limit: 1,
  after: null,
  stale: null,
  atLeast: null,
  waitMs: 0,
} as const;

describe('the threads of an application', () => {
  let broker: EmbeddedBroker;
  let wire: WireServer;
  let client: KafkaClient;
  let dir: string;
  let maker: ThreadMaker | null = null;
  let set: ThreadSet | null = null;
  const ends: [string, Error][] = [];
  const lines: string[] = [];

  beforeEach(async () => {
    broker = new EmbeddedBroker();
    wire = await startWireServer(broker);
    client = embeddedClient(broker);
    await client.connect();
    await client.admin.createTopics(['in', 'out'].map((name) => ({ name, partitions: 4, replicationFactor: 1 })));
    dir = await mkdtemp(join(tmpdir(), 'threads-'));
    ends.length = lines.length = 0;
  });
  afterEach(async () => {
    await set?.stop('dynamic');
    maker?.close();
    await client.close();
    await wire.close();
    await rm(dir, { recursive: true, force: true });
  });

  function start(threads: number, over: Partial<StreamsConfig> = {}) {
    const config = resolveConfig({
      applicationId: 'app',
      kafka: { client, remote: { brokers: [wire.address] } },
      stateDir: dir,
      commitIntervalMs: 20,
      heartbeatIntervalMs: 50,
      numStreamThreads: threads,
      module: { url },
      logger: createLogger({ destination: { write: (line: string) => lines.push(line) } }),
      ...over,
    });
    const made = threadMaker({
      topology: counting(),
      config,
      client,
      processId: 'process',
      onState: () => undefined,
      startWorker: sameThread,
    });
    const started = new ThreadSet({
      config,
      nameOf: (index) => `thread-${index}`,
      create: (name, index, worker) => made.make(name, index, worker),
      onChange: () => undefined,
      onReplaced: () => undefined,
      onEnd: (answer, error) => ends.push([answer, error]),
    });
    [maker, set] = [made, started];
    for (let i = 0; i < threads; i++) started.add();
    return { set: started, config };
  }

  async function send(values: readonly string[]): Promise<void> {
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    values.forEach((value, i) => producer.send('in', i % 4, Buffer.from('k'), Buffer.from(value), 1, []));
    await producer.flush();
    await producer.close();
  }

  const tasksOf = (all: ThreadSet): number[] => all.threads.map(({ tasks }) => tasks.length).sort((a, b) => a - b);
  const often = { timeout: 15_000, interval: 10 };

  it('share the tasks, count right together, come and go; metrics and logs of workers are the application’s', async () => {
    const { set: threads, config } = start(3);
    await expect.poll(() => threads.running && tasksOf(threads).join(), often).toBe('2,3,3');
    await send(Array.from({ length: 400 }, (_, i) => `w${i % 10}`));
    await expect.poll(() => caughtUp(client, () => threads.threads), often).toBe(true);
    const processed = threads.threads.flatMap(({ tasks }) => tasks).reduce((sum, task) => sum + task.processed, 0);
    expect(processed).toBe(800);
    const metrics = await config.metrics.metrics();
    const shown = [
      ...metrics.matchAll(/^kafka_streams_stream_task_metrics_process_total\{.*task_id="(.*)"\} (\d+)$/gm),
    ];
    expect(shown.length).toBe(8);
    expect(shown.reduce((sum, [, , value]) => sum + Number(value), 0)).toBe(800);
    expect(lines.filter((line) => line.includes('"thread":"thread-2"') && line.includes('running')).length).toBe(1);

    // Each worker answers from the stores of its own tasks, and says so where it has not got them.
    const counted = await Promise.all(
      threads.threads
        .filter((thread) => thread instanceof WorkerThread)
        .flatMap(({ queries, tasks }) =>
          tasks.filter(({ stores }) => stores.length > 0).map(({ id }) => [queries, id] as const),
        )
        .map(([queries, id]) => queries.ask({ ...countOf, partition: Number(id.split('_')[1]) })),
    );
    expect(counted.every(({ count, source }) => count !== null && source.role === 'active')).toBe(true);
    expect(counted.length).toBeGreaterThan(0);

    // A task that moves between threads of the process takes its state with it.
    expect(threads.add()).toBe('thread-4');
    await expect.poll(() => threads.running && tasksOf(threads).join(), often).toBe('2,2,2,2');
    expect(await threads.remove(10_000)).toBe('thread-4');
    await expect.poll(() => threads.running && tasksOf(threads).join(), often).toBe('2,3,3');
    await send(Array.from({ length: 400 }, (_, i) => `w${i % 10}`));
    await expect.poll(() => caughtUp(client, () => threads.threads), often).toBe(true);
    expect(threads.threads.flatMap(({ tasks }) => tasks).every(({ restored }) => restored === 0)).toBe(true);
    expect(ends).toEqual([]);
  });

  it('are read as one store from any of them, and never a part of one for the whole', async () => {
    const { set: threads, config } = start(3);
    await expect.poll(() => threads.running && tasksOf(threads).join(), often).toBe('2,3,3');
    await send(Array.from({ length: 400 }, (_, i) => `w${i % 10}`));
    await expect.poll(() => caughtUp(client, () => threads.threads), often).toBe(true);
    const queries = new AppQueries({
      plan: counting().plan,
      config,
      state: () => 'RUNNING',
      thread: () => threads.threads.find((thread) => thread instanceof LocalThread)?.stream ?? null,
      workers: () => threads.threads.filter((thread) => thread instanceof WorkerThread),
    });
    const counts = queryable.keyValue('counts', { key: serdes.string, value: serdes.int64 });
    const here = queries.query(counts, { here: true });
    const all = await here.all().toArray();
    expect(Object.fromEntries(all.map(({ key, value }) => [key, value]))).toEqual(
      Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`w${i}`, 40])),
    );
    expect(new Set(all.map(({ source }) => source.task)).size).toBeGreaterThan(1);
    for (const { key } of all) expect(await here.get(key)).toMatchObject({ value: 40 });
    expect(
      queries
        .tasksHere('counts')
        .map(({ task }) => task)
        .sort(),
    ).toEqual(['1_0', '1_1', '1_2', '1_3']);
    expect(() => queries.store(counts)).toThrow(
      expect.objectContaining({ code: 'QUERY_INVALID', message: expect.stringContaining('here: true') }),
    );
    // Once all of it is in this event loop, it is read at once.
    await threads.remove(10_000);
    await threads.remove(10_000);
    await expect.poll(() => threads.running && tasksOf(threads).join(), often).toBe('8');
    expect(queries.store(counts).get('w3')).toBe(40);
  });

  it('stand still while paused, and stay in the group', async () => {
    const { set: threads } = start(2);
    await expect.poll(() => threads.running && tasksOf(threads).join(), often).toBe('4,4');
    threads.pause(true);
    await send(['a', 'b', 'c', 'd']);
    const lag = (): number => threads.threads.flatMap(({ tasks }) => tasks).reduce((sum, task) => sum + task.lag, 0);
    await expect.poll(lag, often).toBe(4);
    expect(threads.running).toBe(true);
    // A thread that comes while the application is paused does not process either.
    threads.add();
    await expect.poll(() => threads.running && tasksOf(threads).join(), often).toBe('2,3,3');
    expect(lag()).toBe(4);
    threads.pause(false);
    await expect.poll(() => caughtUp(client, () => threads.threads), often).toBe(true);
  });

  it('tell what their own conditions of readiness say', async () => {
    const { set: threads } = start(2);
    await expect.poll(() => threads.running && tasksOf(threads).join(), often).toBe('4,4');
    const unready = () => threads.threads.map((thread) => thread.unready);
    expect(unready()).toEqual([[], []]);
    breakers.open.add('thread-2');
    await expect.poll(unready, often).toEqual([[], [{ name: 'breaker', reason: 'it is open' }]]);
    breakers.open.clear();
    await expect.poll(unready, often).toEqual([[], []]);
  });

  it('end the instance with the record’s coordinates when a worker meets a record that throws', async () => {
    const { set: threads } = start(2);
    await expect.poll(() => threads.running && tasksOf(threads).join(), often).toBe('4,4');
    await send(['poison', 'poison', 'poison', 'poison']);
    await expect.poll(() => ends.length, often).toBe(1);
    expect(ends[0]).toMatchObject([
      'shutdownClient',
      { code: 'PROCESSING', coordinates: { topic: 'in', offset: 0 }, cause: { message: 'a poisoned record' } },
    ]);
  });

  it('say what is wrong with a module that builds another topology, or has no such function', async () => {
    start(2, { module: { url, export: 'another' } });
    await expect.poll(() => ends.length, often).toBe(1);
    expect(ends[0]).toMatchObject(['shutdownClient', { code: 'TOPOLOGY_INVALID' }]);
    await set?.stop('dynamic');
    start(2, { module: { url, export: 'nothing' }, applicationId: 'second' });
    await expect.poll(() => ends.length, often).toBe(2);
    expect(ends[1]).toMatchObject([
      'shutdownClient',
      { code: 'CONFIG_INVALID', message: expect.stringContaining('nothing') },
    ]);
  });

  it('are replaced from the last commit where the application says so, with the repetition counted', async () => {
    const { set: threads } = start(2, { uncaughtExceptionHandler: () => 'replaceThread' });
    await expect.poll(() => threads.running && tasksOf(threads).join(), often).toBe('4,4');
    await send(['poison']);
    await expect.poll(() => threads.repeated, often).toMatchObject({ place: 'in-0@0', times: 2 });
    expect(ends).toEqual([]);
  });
});
