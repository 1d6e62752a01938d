import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import {
  createLogger,
  serdes,
  StreamsApp,
  StreamsBuilder,
  type StreamsConfig,
  type Topology,
} from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';

const strings = { key: serdes.string, value: serdes.string };
const often = { timeout: 10_000, interval: 5 };

/** What an application lets its caller do with its thread, and what it does when that one fails. */
describe('the stream thread of a StreamsApp', () => {
  let broker: EmbeddedBroker;
  let client: KafkaClient;
  let dir: string;
  let punctuated = 0;
  const made: StreamsApp[] = [];
  const lines: string[] = [];

  beforeEach(async () => {
    broker = new EmbeddedBroker();
    client = embeddedClient(broker);
    await client.connect();
    await client.admin.createTopics([{ name: 'in', partitions: 2, replicationFactor: 1 }]);
    dir = await mkdtemp(join(tmpdir(), 'app-threads-'));
    lines.length = 0;
  });
  afterEach(async () => {
    broker.intercept = null;
    await Promise.all(made.splice(0).map((app) => app.close()));
    await client.close();
    await rm(dir, { recursive: true, force: true });
  });

  function counting(): Topology {
    const builder = new StreamsBuilder();
    const records = builder.stream('in', strings).peek((value) => {
      if (value === 'poison') throw new Error('a poisoned record');
    });
    records.groupByKey(strings).count({ store: 'counts' });
    records.process(
      () => ({
        init: (context) => void context.schedule(10, 'WALL_CLOCK_TIME', () => void punctuated++),
        process: () => undefined,
      }),
      strings,
    );
    return builder.build();
  }

  async function make(over: Partial<StreamsConfig> = {}, name = 'a'): Promise<StreamsApp> {
    const own = embeddedClient(broker);
    await own.connect();
    const app = new StreamsApp(counting(), {
      applicationId: 'app',
      kafka: { client: own },
      stateDir: join(dir, name),
      commitIntervalMs: 20,
      heartbeatIntervalMs: 50,
      logger: createLogger({ destination: { write: (line: string) => lines.push(line) } }),
      ...over,
    });
    made.push(app);
    return app;
  }

  async function send(...values: string[]): Promise<void> {
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    for (const value of values) producer.send('in', 0, Buffer.from('k'), Buffer.from(value), 1, []);
    await producer.flush();
    await producer.close();
  }

  const processed = (app: StreamsApp): number => app.status().tasks.reduce((sum, task) => sum + task.processed, 0);
  const lag = (app: StreamsApp): number => app.status().tasks.reduce((sum, task) => sum + task.lag, 0);

  it('may be paused from the start: records arrive and wait, no punctuator runs, until it is resumed', async () => {
    const app = await make();
    app.pause();
    await app.start();
    expect([app.isPaused, app.state, app.status().paused]).toEqual([true, 'RUNNING', true]);
    await send('a', 'b');
    await expect.poll(() => lag(app), often).toBe(2);
    expect([processed(app), punctuated]).toEqual([0, 0]);
    app.resume();
    await expect.poll(() => processed(app), often).toBe(2);
    await expect.poll(() => punctuated, often).toBeGreaterThan(0);
    expect(app.isPaused).toBe(false);
  });

  it('may be removed and added again; more than one needs a module', async () => {
    const app = await make();
    expect(() => app.addStreamThread()).toThrow(expect.objectContaining({ code: 'ILLEGAL_STATE' }));
    await app.start();
    expect(() => app.addStreamThread()).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    const name = app.status().threads[0]?.name;
    expect(await app.removeStreamThread()).toBe(name);
    expect(await app.removeStreamThread()).toBeNull();
    await send('a');
    expect(app.addStreamThread()).toBe(name);
    await expect.poll(() => processed(app), often).toBe(1);
    expect(app.status().threads).toEqual([{ name, state: 'RUNNING', tasks: ['0_0', '0_1'], unready: [] }]);
  });

  it('stops every instance where the application’s handler says so', async () => {
    const uncaughtExceptionHandler = () => 'shutdownApplication' as const;
    const [one, two] = [await make({ uncaughtExceptionHandler }), await make({ uncaughtExceptionHandler }, 'b')];
    await Promise.all([one.start(), two.start()]);
    await expect.poll(() => [one, two].map((app) => app.status().tasks.length), often).toEqual([1, 1]);
    await send('poison');
    await expect.poll(() => [one.state, two.state], often).toEqual(['ERROR', 'ERROR']);
    const errors = [one.error, two.error];
    expect(errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'PROCESSING' }),
        expect.objectContaining({ code: 'SHUTDOWN_REQUESTED', message: expect.stringContaining('a poisoned record') }),
      ]),
    );
    expect((await client.admin.describeGroup('app')).members).toEqual([]);
  });

  it('shows how often threads ended at the same record', async () => {
    const app = await make({ uncaughtExceptionHandler: () => 'replaceThread' });
    await app.start();
    await send('poison');
    await expect.poll(() => app.status().repeatedFailure, often).toEqual({ place: 'in-0@0', times: 2 });
    expect(await app.metrics.metrics()).toMatch(
      /kafka_streams_stream_metrics_repeated_failures\{application_id="app"\} 2/,
    );
    expect(app.status()).toMatchObject({ restarts: 2, error: 'a poisoned record' });
  });

  it('is given up at the close’s time-out when no broker answers, and the log names what was not committed', async () => {
    // A static member's place is its successor's at once.
    const app = await make({ commitIntervalMs: 60_000, groupInstanceId: 'one' });
    await app.start();
    await send('a');
    await expect.poll(() => processed(app), often).toBe(1);
    broker.intercept = () => ({ kind: 'drop' });
    const begun = performance.now();
    await app.close({ timeoutMs: 400 });
    expect(performance.now() - begun).toBeLessThan(1_500);
    expect(app.state).toBe('NOT_RUNNING');
    const said = lines.filter((line) => line.includes('closed without a last commit'));
    expect(said.map((line) => (JSON.parse(line) as { tasks: string[] }).tasks)).toEqual([['0_0']]);
    broker.intercept = null;
    // Nothing is lost: the record is read again.
    const next = await make({ groupInstanceId: 'one' });
    await next.start();
    await expect.poll(() => processed(next), { timeout: 15_000, interval: 5 }).toBe(1);
  });

  it.each([
    [undefined, 1],
    [true, 0],
    [false, 1],
  ] as const)('leaves the group as a static member when told to (leaveGroup: %s)', async (leaveGroup, members) => {
    const app = await make({ groupInstanceId: 'one' });
    await app.start();
    await app.close(leaveGroup === undefined ? {} : { leaveGroup });
    expect((await client.admin.describeGroup('app')).members.length).toBe(members);
  });
});
