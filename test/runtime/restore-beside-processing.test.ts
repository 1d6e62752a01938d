import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { type ReadOnlyKeyValueStore, serdes, StreamsBuilder, type Topology } from '../../src/index.ts';
import type { Fetcher, KafkaClient } from '../../src/kafka/client.ts';
import { type Instance, startInstance, until, withFetchers } from './instance.ts';

const RESTORE_BYTES = 1_234_567;
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
  dir = await mkdtemp(join(tmpdir(), 'restore-'));
});

afterEach(async () => {
  await Promise.all(instances.splice(0).map((instance) => instance.stop()));
  await client.close();
  await rm(dir, { recursive: true, force: true });
});

/** Two sub-topologies: one with a changelog, one with nothing to restore. */
function topology(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('words', strings).groupByKey().count({ store: 'counts' });
  builder.stream('other', strings).to('copy', strings);
  return builder.build();
}

async function start(name: string, wrap?: (client: KafkaClient) => KafkaClient): Promise<Instance> {
  const instance = await startInstance(broker, topology(), 'p', {
    stateDir: join(dir, name),
    restoreBufferMaxBytes: RESTORE_BYTES,
    ...(wrap ? { wrap } : {}),
  });
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

/** Holds back what the restorer reads until it is let go. */
function heldRestore(): { readonly wrap: (of: KafkaClient) => KafkaClient; readonly letGo: () => void } {
  let held = true;
  const fetchers: Fetcher[] = [];
  return {
    wrap: (of) =>
      withFetchers(of, (fetcher, options) => {
        if (options.maxBufferedBytes !== RESTORE_BYTES) return fetcher;
        fetchers.push(fetcher);
        const poll = fetcher.poll.bind(fetcher);
        const arrival = fetcher.arrival.bind(fetcher);
        fetcher.poll = () => (held ? [] : poll());
        // What has arrived does not show either: a loop that looks for it would spin.
        fetcher.arrival = (timeoutMs) => (held ? pause(10) : arrival(timeoutMs));
        return fetcher;
      }),
    letGo: () => {
      held = false;
      for (const fetcher of fetchers) fetcher.wake();
    },
  };
}

const end = async (topic: string): Promise<number> =>
  (await client.admin.listOffsets([{ topic, partition: 0 }], 'latest'))[0]?.offset ?? 0;

async function counted(words: readonly string[]): Promise<void> {
  const first = await start('first');
  await send('words', words);
  await until('a commit', async () => {
    const [at] = await client.admin.fetchOffsets('app', [{ topic: 'words', partition: 0 }]);
    return at?.offset === words.length;
  });
  await first.stop();
}

describe('a restore', () => {
  it('holds back the task that is restored, not the others; the thread is RUNNING when all are', async () => {
    await counted(['a', 'b', 'a']);
    const { wrap, letGo } = heldRestore();
    const second = await start('second', wrap);
    await until('the tasks', () => second.thread.tasks.size === 2);
    await send('other', ['k']);
    await send('words', ['a']);
    await until('the other task at work', async () => (await end('copy')) === 1);
    expect(second.thread.state).toBe('RESTORING');
    expect(second.thread.tasks.get('0_0')).toMatchObject({ started: false, metrics: { processed: 0 } });
    letGo();
    await until('all running', () => second.thread.state === 'RUNNING');
    const store = () => second.thread.tasks.get('0_0')?.state.store<ReadOnlyKeyValueStore<string, number>>('counts');
    await until('the count', () => store()?.get('a') === 3);
    expect(store()?.get('b')).toBe(1);
    expect(second.states.filter((state) => state === 'RUNNING').length).toBe(1);
  });

  it('goes on over a rebalance from where it was', async () => {
    await counted(['a', 'b', 'a']);
    const { wrap, letGo } = heldRestore();
    const second = await start('second', wrap);
    await until('the tasks', () => second.thread.tasks.size === 2);
    const task = second.thread.tasks.get('0_0');
    // A member that has none of the topology's tasks yet: it gets the one without state.
    const other = await startInstance(broker, topology(), 'q', { stateDir: join(dir, 'third') });
    instances.push(other);
    await until('the round', () => other.thread.state === 'RUNNING' || other.thread.state === 'RESTORING');
    const holder = second.thread.tasks.get('0_0') ? second : other;
    letGo();
    await until('all running', () => second.thread.state === 'RUNNING' && other.thread.state === 'RUNNING');
    expect(holder.thread.tasks.get('0_0')?.started).toBe(true);
    if (holder === second) expect(second.thread.tasks.get('0_0')).toBe(task);
    expect(second.thread.tasks.size + other.thread.tasks.size).toBe(2);
  });

  it('pain 15: can be stopped in the middle', async () => {
    await counted(['a', 'b', 'a']);
    const { wrap } = heldRestore();
    const second = await start('second', wrap);
    await until('the tasks', () => second.thread.tasks.size === 2);
    await second.stop();
    expect(await second.ended).toBeNull();
  });

  it('that fails ends the thread with the reason', async () => {
    await counted(['a', 'b', 'a']);
    const second = await start('second', (of) =>
      withFetchers(of, (fetcher, options) => {
        if (options.maxBufferedBytes !== RESTORE_BYTES) return fetcher;
        fetcher.poll = () => {
          throw new Error('the disk is full');
        };
        return fetcher;
      }),
    );
    expect(await second.ended).toMatchObject({ message: 'the disk is full' });
  });
});
