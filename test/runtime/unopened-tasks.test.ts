import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StreamsError } from '../../src/core/errors.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { type ReadOnlyKeyValueStore, serdes, StreamsApp, StreamsBuilder, type Topology } from '../../src/index.ts';
import type { KafkaAdmin, KafkaClient } from '../../src/kafka/client.ts';
import type { StreamsConfig } from '../../src/runtime/config.ts';
import { lockStateDirectory } from '../../src/state/level/lock-state-directory.ts';
import { type Instance, startInstance, until, withFetchers } from './instance.ts';

const strings = { key: serdes.string, value: serdes.string };

let broker: EmbeddedBroker;
let client: KafkaClient;
let dir: string;
const instances: Instance[] = [];

beforeEach(async () => {
  broker = new EmbeddedBroker();
  client = embeddedClient(broker);
  await client.connect();
  await client.admin.createTopics(
    ['words', 'other', 'copy'].map((name) => ({ name, partitions: 1, replicationFactor: 1 })),
  );
  dir = await mkdtemp(join(tmpdir(), 'unopened-'));
});

afterEach(async () => {
  await Promise.all(instances.splice(0).map((instance) => instance.stop()));
  await client.close();
  await rm(dir, { recursive: true, force: true });
});

/** Task 0_0 has a store, task 1_0 has none. */
function topology(logged = true): Topology {
  const builder = new StreamsBuilder();
  builder.stream('words', strings).groupByKey().count({ store: 'counts', logged });
  builder.stream('other', strings).to('copy', strings);
  return builder.build();
}

type Settings = Partial<StreamsConfig> & {
  readonly wrap?: (client: KafkaClient) => KafkaClient;
  readonly logged?: boolean;
};

async function start({ logged, ...over }: Settings = {}): Promise<Instance> {
  const instance = await startInstance(broker, topology(logged), 'p', { stateDir: dir, ...over });
  instances.push(instance);
  return instance;
}

async function send(topic: string, keys: readonly string[]): Promise<void> {
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  for (const key of keys) producer.send(topic, 0, Buffer.from(key), Buffer.from('x'), 1, []);
  await producer.flush();
  await producer.close();
}

const end = async (topic: string): Promise<number> =>
  (await client.admin.listOffsets([{ topic, partition: 0 }], 'latest'))[0]?.offset ?? 0;

const countOf = (instance: Instance, key: string): number | null =>
  instance.thread.tasks.get('0_0')?.state.store<ReadOnlyKeyValueStore<string, number>>('counts').get(key) ?? null;

async function counted(words: readonly string[], over: Settings = {}): Promise<void> {
  const first = await start(over);
  await send('words', words);
  await until('a commit', async () => {
    const [at] = await client.admin.fetchOffsets('app', [{ topic: 'words', partition: 0 }]);
    return at?.offset === words.length;
  });
  await first.stop();
}

/** The same client, which is refused the changelog of `counts` while `refused` says so. */
function guarded(of: KafkaClient, refused: () => boolean): KafkaClient {
  const listOffsets: KafkaAdmin['listOffsets'] = (partitions, ...how) =>
    refused() && partitions.some(({ topic }) => topic === 'app-counts-changelog')
      ? Promise.reject(new StreamsError('KAFKA_ERROR', 'not yours', { kafkaError: 'TOPIC_AUTHORIZATION_FAILED' }))
      : of.admin.listOffsets(partitions, ...how);
  const admin = new Proxy(of.admin, {
    get: (target, name) => {
      if (name === 'listOffsets') return listOffsets;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { ...withFetchers(of, (fetcher) => fetcher), admin };
}

describe('a task that cannot be opened', () => {
  it('is tried again until its folder is free, while the others go on', async () => {
    await counted(['a', 'b', 'a']);
    const lock = await lockStateDirectory(join(dir, 'app', '0_0'));
    const second = await start();
    await send('other', ['k']);
    await send('words', ['a']);
    await until('the other task at work', async () => (await end('copy')) === 1);
    expect(second.thread.state).toBe('RESTORING');
    await until('a second try', () => (second.thread.unopened[0]?.times ?? 0) > 1);
    expect(second.thread.unopened).toMatchObject([{ id: '0_0', standby: false }]);
    await lock.release();
    await until('all running', () => second.thread.state === 'RUNNING');
    expect(second.thread.unopened).toEqual([]);
    await until('the count', () => countOf(second, 'a') === 3);
    // Nothing was lost of what it had.
    expect(countOf(second, 'b')).toBe(1);
  });

  it('is opened by whoever gets it at a rebalance, and not tried here any more', async () => {
    await counted(['a']);
    const lock = await lockStateDirectory(join(dir, 'app', '0_0'));
    const second = await start();
    await until('the failure', () => second.thread.unopened.length === 1);
    const third = await startInstance(broker, topology(), 'q', { stateDir: join(dir, 'q') });
    instances.push(third);
    await until('the round', () => third.thread.state === 'RUNNING');
    await second.stop();
    await until('both tasks there', () => third.thread.tasks.size === 2 && third.thread.state === 'RUNNING');
    expect(countOf(third, 'a')).toBe(1);
    expect(await second.ended).toBeNull();
    await lock.release();
  });

  it('is restored from its changelog when its local state is damaged', async () => {
    await counted(['a', 'b', 'a']);
    const database = join(dir, 'app', '0_0', 'db');
    for (const name of await readdir(database)) {
      if (name.startsWith('MANIFEST')) await writeFile(join(database, name), 'not a manifest');
    }
    const second = await start();
    await until('all running', () => second.thread.state === 'RUNNING');
    expect([countOf(second, 'a'), countOf(second, 'b')]).toEqual([2, 1]);
    expect(second.thread.tasks.get('0_0')?.metrics.restored).toBeGreaterThan(0);
  });

  it('keeps damaged state that has no changelog for somebody to look at, and ends with TASK_TIMEOUT', async () => {
    await counted(['a'], { logged: false });
    const database = join(dir, 'app', '0_0', 'db');
    const manifests = (await readdir(database)).filter((name) => name.startsWith('MANIFEST'));
    for (const name of manifests) await writeFile(join(database, name), 'not a manifest');
    const second = await start({ logged: false, taskTimeoutMs: 300 });
    expect(await second.ended).toMatchObject({ code: 'TASK_TIMEOUT', cause: { code: 'STATE_CORRUPT' } });
    expect(await readdir(database)).toEqual(expect.arrayContaining(manifests));
  });

  it('waits for rights on its changelog, and ends the thread after taskTimeoutMs', async () => {
    await counted(['a', 'a']);
    let refused = true;
    const second = await start({ wrap: (of) => guarded(of, () => refused) });
    await send('other', ['k']);
    await until('the other task at work', async () => (await end('copy')) === 1);
    await until('a second try', () => (second.thread.unopened[0]?.times ?? 0) > 1);
    expect(second.thread.unopened).toMatchObject([{ id: '0_0', error: 'not yours' }]);
    refused = false;
    await until('all running', () => second.thread.state === 'RUNNING');
    await until('the count', () => countOf(second, 'a') === 2);
    await second.stop();

    refused = true;
    await rm(join(dir, 'app', '0_0'), { recursive: true });
    const third = await start({ wrap: (of) => guarded(of, () => refused), taskTimeoutMs: 300 });
    expect(await third.ended).toMatchObject({
      code: 'TASK_TIMEOUT',
      coordinates: { task: '0_0' },
      cause: { kafkaError: 'TOPIC_AUTHORIZATION_FAILED' },
    });
  });

  it.skipIf(process.getuid?.() === 0)('waits for rights on its folder', async () => {
    await counted(['a']);
    const folder = join(dir, 'app', '0_0');
    await chmod(folder, 0o000);
    const second = await start();
    await until('the failure', () => second.thread.unopened.length === 1);
    await chmod(folder, 0o755);
    await until('all running', () => second.thread.state === 'RUNNING');
    expect(countOf(second, 'a')).toBe(1);
  });
});

describe('state that is found damaged while its task runs', () => {
  /** What LevelDB throws for a block whose checksum is wrong. */
  const damaged = (): StreamsError =>
    new StreamsError('STATE_CORRUPT', 'the local state cannot be read', {
      cause: Object.assign(new Error('block checksum mismatch'), { code: 'LEVEL_CORRUPTION' }),
    });

  function reading(fails: () => boolean, logged: boolean): Topology {
    const builder = new StreamsBuilder();
    builder
      .stream('words', strings)
      .peek((value) => {
        if (value === 'read' && fails()) throw damaged();
      })
      .groupByKey()
      .count({ store: 'counts', logged });
    return builder.build();
  }

  async function app(fails: () => boolean, logged = true): Promise<StreamsApp> {
    const own = embeddedClient(broker);
    await own.connect();
    const settings = { stateDir: dir, commitIntervalMs: 20, heartbeatIntervalMs: 20, deadLetterTopic: 'copy' };
    const made = new StreamsApp(reading(fails, logged), {
      applicationId: 'app',
      kafka: { client: own },
      processingHandler: 'deadLetter',
      ...settings,
    });
    apps.push(made);
    await made.start();
    return made;
  }

  const apps: StreamsApp[] = [];
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((each) => each.close()));
  });

  async function words(...records: readonly (readonly [string, string])[]): Promise<void> {
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    for (const [key, value] of records) producer.send('words', 0, Buffer.from(key), Buffer.from(value), 1, []);
    await producer.flush();
    await producer.close();
  }

  it('is thrown away and restored by the thread that replaces this one, and no record is given up', async () => {
    let left = 1;
    const running = await app(() => left-- > 0);
    await words(['a', 'x'], ['b', 'x'], ['a', 'x']);
    await until('a commit', () => running.caughtUp());
    await words(['a', 'read']);
    await until('another thread', () => running.status().restarts === 1);
    await until('all', () => running.caughtUp());
    const [task] = running.status().tasks;
    expect(task?.restored).toBeGreaterThan(0);
    const store = running.store('counts');
    expect([store.get('a'), store.get('b'), await end('copy')]).toEqual([3, 1, 0]);
  });

  it('ends the application where a store has no changelog, and stays for somebody to look at', async () => {
    const running = await app(() => true, false);
    await words(['a', 'x']);
    await until('a commit', () => running.caughtUp());
    await words(['a', 'read']);
    await until('the end', () => running.state === 'ERROR');
    expect(running.error).toMatchObject({ code: 'STATE_CORRUPT', retriable: false });
    expect(await readdir(join(dir, 'app', '0_0', 'db'))).not.toEqual([]);
  });
});
