import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import {
  type ReadOnlyKeyValueStore,
  serdes,
  StreamsBuilder,
  type StreamsConfig,
  type Topology,
} from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { type Instance, startInstance, until } from './instance.ts';

const PARTITIONS = 4;
type Counts = ReadOnlyKeyValueStore<string, number>;

let broker: EmbeddedBroker;
let client: KafkaClient;
let dir: string;
const instances: Instance[] = [];

beforeEach(async () => {
  broker = new EmbeddedBroker();
  client = embeddedClient(broker);
  await client.connect();
  await client.admin.createTopics([{ name: 'in', partitions: PARTITIONS, replicationFactor: 1 }]);
  dir = await mkdtemp(join(tmpdir(), 'standby-'));
});

afterEach(async () => {
  await Promise.all(instances.splice(0).map((instance) => instance.stop()));
  await client.close();
  await rm(dir, { recursive: true, force: true });
});

function counting(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', { key: serdes.string, value: serdes.string }).groupByKey().count({ store: 'counts' });
  return builder.build();
}

async function start(name: string, over: Partial<StreamsConfig> = {}): Promise<Instance> {
  const instance = await startInstance(broker, counting(), name, {
    stateDir: join(dir, name),
    numStandbyReplicas: 1,
    ...over,
  });
  instances.push(instance);
  return instance;
}

/** One record under `k<partition>` for each partition, `times` times. */
async function send(times: number): Promise<void> {
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  for (let i = 0; i < times; i++) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      producer.send('in', partition, Buffer.from(`k${partition}`), Buffer.from('x'), 1, []);
    }
  }
  await producer.flush();
  await producer.close();
}

const running = (...all: readonly Instance[]) => all.every(({ thread }) => thread.state === 'RUNNING');
const tasks = ({ thread }: Instance): string[] => [...thread.tasks.keys()];
const count = (instance: Instance, partition: number): number | null | undefined => {
  const id = `0_${partition}`;
  const copy = instance.thread.tasks.get(id) ?? instance.thread.standbys.get(id);
  return copy?.state.store<Counts>('counts').get(`k${partition}`);
};
const shared = (...all: readonly Instance[]): Promise<void> =>
  until('balance', () => running(...all) && all.every((each) => tasks(each).length === PARTITIONS / all.length));

describe('a standby task', () => {
  it('follows the active task in the other process, and tells how current it is', async () => {
    const [a, b] = [await start('a'), await start('b')];
    await shared(a, b);
    expect([...a.thread.standbys.keys()].sort()).toEqual(tasks(b).sort());
    expect([...b.thread.standbys.keys()].sort()).toEqual(tasks(a).sort());
    await send(10);
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    await until('copies', () => partitions.every((each) => count(a, each) === 10 && count(b, each) === 10));
    const standby = [...b.thread.standbys.values()][0];
    const [changelog] = await client.admin.listOffsets(
      [{ topic: 'app-counts-changelog', partition: standby?.partition ?? -1 }],
      'latest',
    );
    // A record can be read a moment before its position is told.
    await until('positions', () => standby?.lags[0]?.position === changelog?.offset);
    expect(standby?.lags).toEqual([{ store: 'counts', position: changelog?.offset, end: changelog?.offset, lag: 0 }]);
    expect([standby?.lag, standby?.state.positions.get('counts')]).toEqual([0, changelog?.offset]);
    // A value that was read does not stay when the changelog goes on.
    await send(1);
    await until('copies', () => partitions.every((each) => count(a, each) === 11 && count(b, each) === 11));
  });

  it('becomes the active task with its stores open, without reading the changelog again', async () => {
    const [a, b] = [await start('a'), await start('b')];
    await shared(a, b);
    await send(20);
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    await until('copies', () => partitions.every((each) => count(b, each) === 20));
    const states = new Map([...b.thread.standbys.values()].map(({ id, state }) => [id, state]));
    await a.stop();
    await until('take-over', () => running(b) && tasks(b).length === PARTITIONS);
    for (const [id, state] of states) {
      expect(b.thread.tasks.get(id)?.state, `the stores of ${id}`).toBe(state);
      expect(b.thread.tasks.get(id)?.metrics.restored).toBe(0);
    }
    await send(1);
    await until('counts', () => partitions.every((each) => count(b, each) === 21));
  });

  it('is what an active task becomes that is moved away, and its changes since are logged by the new owner alone', async () => {
    const a = await start('a');
    await until('all tasks', () => running(a) && tasks(a).length === PARTITIONS);
    await send(5);
    await until('counts', () => count(a, 0) === 5 && count(a, 3) === 5);
    const states = new Map([...a.thread.tasks.values()].map(({ id, state }) => [id, state]));
    const b = await start('b');
    await shared(a, b);
    expect([...a.thread.standbys.keys()].sort()).toEqual(tasks(b).sort());
    for (const { id, state } of a.thread.standbys.values()) expect(state).toBe(states.get(id));
    await send(5);
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    await until('copies', () => partitions.every((each) => count(a, each) === 10 && count(b, each) === 10));
    // And back: the copy in `a` is current, and goes on where `b` was.
    await b.stop();
    await until('take-over', () => running(a) && tasks(a).length === PARTITIONS);
    await send(1);
    await until('counts', () => partitions.every((each) => count(a, each) === 11));
  });

  it('under exactly_once_v2 has committed records only, and takes over exactly', async () => {
    const over = { processingGuarantee: 'exactly_once_v2' } as const;
    const [a, b] = [await start('a', over), await start('b', over)];
    await shared(a, b);
    await send(10);
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    await until('copies', () => partitions.every((each) => count(a, each) === 10 && count(b, each) === 10));
    await a.stop();
    await until('take-over', () => running(b) && tasks(b).length === PARTITIONS);
    await send(1);
    await until('counts', () => partitions.every((each) => (count(b, each) ?? 0) >= 11));
    expect(partitions.map((each) => count(b, each))).toEqual([11, 11, 11, 11]);
  });
});

describe('warm-ups', () => {
  const over = { numStandbyReplicas: 0, acceptableRecoveryLag: 5, cacheMaxBytes: 0, maxWarmupReplicas: 1 };

  it('are made ready where a task should run, while it runs where it is caught up; then it moves', async () => {
    const a = await start('a', { ...over, probingRebalanceIntervalMs: 100 });
    await until('all tasks', () => running(a) && tasks(a).length === PARTITIONS);
    await send(50);
    await until('counts', () => Array.from({ length: PARTITIONS }, (_, i) => count(a, i)).every((n) => n === 50));
    const seen = new Set<number>();
    const b = await startInstance(broker, counting(), 'b', {
      stateDir: join(dir, 'b'),
      ...over,
      probingRebalanceIntervalMs: 100,
    });
    instances.push(b);
    await until('balance', () => {
      seen.add(b.thread.standbys.size);
      return running(a, b) && tasks(a).length === 2 && tasks(b).length === 2;
    });
    expect([...seen].sort((x, y) => x - y)).toEqual([0, 1]);
    expect([...b.thread.tasks.values()].reduce((sum, { metrics }) => sum + metrics.restored, 0)).toBeLessThan(10);
    await send(1);
    await until('counts', () => tasks(b).every((id) => count(b, Number(id.slice(2))) === 51));
  });

  it('do not begin where the state on disk is nearly current: a restarted process gets its tasks back at once', async () => {
    const hour = { ...over, probingRebalanceIntervalMs: 3_600_000 };
    const [a, b] = [await start('a', hour), await start('b', hour)];
    await shared(a, b);
    await send(50);
    await until('counts', () => tasks(b).every((id) => count(b, Number(id.slice(2))) === 50));
    const own = tasks(b).sort();
    await b.stop();
    await until('take-over', () => running(a) && tasks(a).length === PARTITIONS);
    await send(1);
    await until('counts', () => own.every((id) => count(a, Number(id.slice(2))) === 51));
    const again = await start('b', hour);
    await shared(a, again);
    expect(tasks(again).sort()).toEqual(own);
  });
});
