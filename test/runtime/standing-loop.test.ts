import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TopicPartition } from '../../src/core/record.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { type ReadOnlyKeyValueStore, serdes, StreamsBuilder, type Topology } from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { type Instance, startInstance, until, withFetchers } from './instance.ts';

const strings = { key: serdes.string, value: serdes.string };
const PARTITIONS = [0, 1].map((partition) => ({ topic: 'words', partition }));
const instances: Instance[] = [];
let broker: EmbeddedBroker;
let client: KafkaClient;
let dir: string;

beforeEach(async () => {
  broker = new EmbeddedBroker();
  client = embeddedClient(broker);
  await client.connect();
  await client.admin.createTopics([{ name: 'words', partitions: 2, replicationFactor: 1 }]);
  dir = await mkdtemp(join(tmpdir(), 'standing-'));
});
afterEach(async () => {
  await Promise.all(instances.splice(0).map((instance) => instance.stop()));
  await client.close();
  await rm(dir, { recursive: true, force: true });
});

function counting(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('words', strings).groupByKey().count({ store: 'counts' });
  return builder.build();
}

async function send(key: string, partition: number): Promise<void> {
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  producer.send('words', partition, Buffer.from(key), Buffer.from('x'), 1, []);
  await producer.flush();
  await producer.close();
}

const counts = (): (number | null)[] =>
  ['a', 'b'].map((key, partition) => {
    const task = instances.map(({ thread }) => thread.tasks.get(`0_${partition}`)).find((each) => each?.started);
    return task?.state.store<ReadOnlyKeyValueStore<string, number>>('counts').get(key) ?? null;
  });

it.each(['at_least_once', 'exactly_once_v2'] as const)(
  'a thread whose loop stands still gives its tasks to others, though its heartbeats go on, and comes back (%s)',
  async (processingGuarantee) => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    let holds = false;
    // At least once, what was sent and not committed counts again.
    const allCounted = (): boolean =>
      processingGuarantee === 'exactly_once_v2'
        ? counts().join() === '2,2'
        : counts().every((count) => (count ?? 0) >= 2);
    /** Commits of this one wait for something that does not come. */
    const wrap = (of: KafkaClient): KafkaClient => ({
      ...withFetchers(of, (fetcher) => fetcher),
      producer: (options) => {
        const producer = of.producer(options);
        const flush = producer.flush.bind(producer);
        return Object.assign(producer, { flush: () => (holds ? held.then(flush) : flush()) });
      },
    });
    const settings = { processingGuarantee, transactionTimeoutMs: 30_000 };
    const impatient = { ...settings, maxPollIntervalMs: 1_500 };
    instances.push(await startInstance(broker, counting(), 'p', { stateDir: join(dir, 'p'), wrap, ...impatient }));
    instances.push(await startInstance(broker, counting(), 'q', { stateDir: join(dir, 'q'), ...settings }));
    const [standing, other] = instances;
    await until('one task each', () =>
      instances.every(({ thread }) => thread.tasks.size === 1 && thread.state === 'RUNNING'),
    );
    await send('a', 0);
    await send('b', 1);
    // Between two commits: held in the middle of one, exactly once would have the other wait for its positions.
    await until('both committed', async () => {
      const at = await client.admin.fetchOffsets('app', PARTITIONS);
      return counts().join() === '1,1' && at.map(({ offset }) => offset).join() === '1,1';
    });
    holds = true;
    await send('a', 0);
    await send('b', 1);
    await until('all tasks with the other', () => other?.thread.tasks.size === 2);
    expect(standing?.thread.state).toBe('RUNNING');
    // Exactly once, the new owner waits for the end of what the other has open: that is the broker's to abort.
    if (processingGuarantee === 'at_least_once') {
      await until('both at work there', () => other?.thread.state === 'RUNNING' && allCounted());
    }
    letGo();
    holds = false;
    await until('a task each again', () =>
      instances.every(({ thread }) => thread.tasks.size === 1 && thread.state === 'RUNNING'),
    );
    await until('all counted', allCounted);
  },
  30_000,
);

it('a thread that does not come to the end of opening its tasks gives them to others, too', async () => {
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let asked = false;
  /** Whoever opens tasks asks where the group has committed, and waits for the answer. */
  const wrap = (of: KafkaClient): KafkaClient => ({
    ...withFetchers(of, (fetcher) => fetcher),
    member: (options) => {
      const member = of.member(options);
      const committed = member.committed.bind(member);
      return Object.assign(member, {
        committed: async (partitions: readonly TopicPartition[]) => {
          asked = true;
          await held;
          return committed(partitions);
        },
      });
    },
  });
  const impatient = { stateDir: join(dir, 'p'), maxPollIntervalMs: 600 };
  const standing = await startInstance(broker, counting(), 'p', { wrap, ...impatient });
  instances.push(standing);
  await until('it opens tasks', () => asked);
  const other = await startInstance(broker, counting(), 'q', { stateDir: join(dir, 'q') });
  instances.push(other);
  await until('all tasks with the other', () => other.thread.tasks.size === 2 && other.thread.state === 'RUNNING');
  expect(standing.thread.state).toBe('REBALANCING');
  letGo();
  await until('a task each', () =>
    instances.every(({ thread }) => thread.tasks.size === 1 && thread.state === 'RUNNING'),
  );
}, 30_000);
