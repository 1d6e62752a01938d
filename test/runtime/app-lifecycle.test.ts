import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { serdes, StreamsApp, StreamsBuilder, type StreamsConfig, type Topology } from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';

const strings = { key: serdes.string, value: serdes.string };

/** How an application begins and ends, and what it gives back on each way. */
describe('the life of a StreamsApp', () => {
  let broker: EmbeddedBroker;
  let client: KafkaClient;
  let dir: string;
  const made: StreamsApp[] = [];

  beforeEach(async () => {
    broker = new EmbeddedBroker();
    client = embeddedClient(broker);
    await client.connect();
    await client.admin.createTopics(['in', 'out'].map((name) => ({ name, partitions: 3, replicationFactor: 1 })));
    dir = await mkdtemp(join(tmpdir(), 'app-life-'));
  });
  afterEach(async () => {
    await Promise.all(made.splice(0).map((app) => app.close()));
    await client.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function make(topology: Topology, over: Partial<StreamsConfig> = {}): Promise<StreamsApp> {
    const own = embeddedClient(broker);
    await own.connect();
    const config = { applicationId: 'app', kafka: { client: own }, stateDir: dir, commitIntervalMs: 20 };
    const app = new StreamsApp(topology, { ...config, ...over });
    made.push(app);
    return app;
  }

  function counting(topic = 'in'): Topology {
    const builder = new StreamsBuilder();
    builder.stream(topic, strings).groupByKey(strings).count({ store: 'counts' });
    return builder.build();
  }

  async function send(...values: string[]): Promise<void> {
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    for (const value of values) producer.send('in', 0, Buffer.from('k'), Buffer.from(value), 1, []);
    await producer.flush();
    await producer.close();
  }

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 10_000; !(await condition());) {
      if (Date.now() > end) throw new Error('it did not come to that within 10 s');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  it('is closed once, however often and early it is told to', async () => {
    const app = await make(counting());
    const starting = app.start().catch((error: unknown) => error);
    await Promise.all([app.close(), app.close()]);
    expect(await starting).toMatchObject({ code: 'ILLEGAL_STATE' });
    expect([app.state, app.error]).toEqual(['NOT_RUNNING', null]);
    await expect(app.start()).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
    // The state directory is free again.
    const next = await make(counting());
    await next.start();
    await Promise.all([next.close(), next.close()]);
    await next.close();
    expect(next.state).toBe('NOT_RUNNING');
  });

  it('gives the state directory back when it cannot start', async () => {
    await expect((await make(counting('nowhere'))).start()).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    const next = await make(counting());
    await next.start();
    expect(next.state).toBe('RUNNING');
  });

  it('is not disturbed by a listener that throws', async () => {
    const app = await make(counting());
    const heard: string[] = [];
    app.onStateChange((state) => {
      heard.push(state);
      throw new Error('a listener');
    });
    await app.start();
    await app.close();
    expect(heard).toEqual(['REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING']);
  });

  it('closes every task although a processor throws when it is closed', async () => {
    const build = (): Topology => {
      const builder = new StreamsBuilder();
      const records = builder.stream('in', strings);
      records.process(
        () => ({
          process: () => undefined,
          close: () => {
            throw new Error('cannot close');
          },
        }),
        strings,
      );
      records.groupByKey(strings).count({ store: 'counts' });
      return builder.build();
    };
    const first = await make(build());
    await first.start();
    await first.close();
    expect(first.state).toBe('NOT_RUNNING');
    // Databases that were left open could not be opened again.
    const second = await make(build());
    await second.start();
    expect(second.status().tasks.length).toBe(3);
  });

  it('asks the handler about an async call that failed, and goes on as it says', async () => {
    const seen: string[] = [];
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .mapAsync(
        async (value) => {
          if (value === 'bad') throw new Error('no');
          return value;
        },
        { name: 'call' },
      )
      .forEach((value) => seen.push(value));
    const app = await make(builder.build(), { processingHandler: 'continue' });
    await app.start();
    await send('bad', 'good');
    await until(() => app.caughtUp());
    expect(seen).toEqual(['good']);
    expect(app.status().tasks[0]?.dropped).toEqual({ 'processing call': 1 });
  });

  it('commits the position of a last record that was passed over', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', { key: serdes.string, value: serdes.json<{ n: number }>() }).forEach(() => undefined);
    const app = await make(builder.build(), { deserializationHandler: 'continue' });
    await app.start();
    await send('poison');
    await until(() => app.caughtUp());
    await app.close();
    expect(await client.admin.fetchOffsets('app', [{ topic: 'in', partition: 0 }])).toMatchObject([{ offset: 1 }]);
  });

  it('commits nothing of a record whose output still waits for its topic', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', strings).to((_key, value) => value, strings);
    const own = embeddedClient(broker);
    await own.connect();
    let release: () => void = () => undefined;
    const looked = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { admin } = own;
    const describeTopics = admin.describeTopics.bind(admin);
    vi.spyOn(admin, 'describeTopics').mockImplementation(async (names) => {
      if (names.includes('out')) await looked;
      return describeTopics(names);
    });
    const app = await make(builder.build(), { kafka: { client: own }, commitIntervalMs: 1 });
    await app.start();
    await send('out');
    await until(() => app.status().tasks.some((task) => task.processed === 1));
    expect(app.idle).toBe(false);
    const closing = app.close();
    const position = { topic: 'in', partition: 0 };
    expect(await client.admin.fetchOffsets('app', [position])).toEqual([]);
    release();
    await closing;
    expect(await client.admin.fetchOffsets('app', [position])).toMatchObject([{ offset: 1 }]);
    const ends = await client.admin.listOffsets(
      [0, 1, 2].map((partition) => ({ topic: 'out', partition })),
      'latest',
    );
    expect(ends.reduce((sum, { offset }) => sum + offset, 0)).toBe(1);
  });
});
