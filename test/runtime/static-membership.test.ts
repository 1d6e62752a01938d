import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { serdes, StreamsBuilder } from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { type Instance, startInstance, until } from './instance.ts';

const PARTITIONS = 4;
let broker: EmbeddedBroker;
let client: KafkaClient;
let dir: string;
const instances: Instance[] = [];

beforeEach(async () => {
  broker = new EmbeddedBroker();
  client = embeddedClient(broker);
  await client.connect();
  await client.admin.createTopics([{ name: 'in', partitions: PARTITIONS, replicationFactor: 1 }]);
  dir = await mkdtemp(join(tmpdir(), 'static-'));
});

afterEach(async () => {
  await Promise.all(instances.splice(0).map((instance) => instance.stop()));
  await client.close();
  await rm(dir, { recursive: true, force: true });
});

async function start(name: string): Promise<Instance> {
  const builder = new StreamsBuilder();
  builder.stream('in', { key: serdes.string, value: serdes.string }).groupByKey().count({ store: 'counts' });
  const instance = await startInstance(broker, builder.build(), name, {
    stateDir: join(dir, name),
    groupInstanceId: name,
    numStandbyReplicas: 1,
  });
  instances.push(instance);
  return instance;
}

const tasks = ({ thread }: Instance): string[] => [...thread.tasks.keys()].sort();
const standbys = ({ thread }: Instance): string[] => [...thread.standbys.keys()].sort();

describe('a static member', () => {
  it('that is restarted within its session gets its tasks and standbys back, and moves none of the others', async () => {
    const [a, b] = [await start('a'), await start('b')];
    const shared = (...all: readonly Instance[]): Promise<void> =>
      until('balance', () => all.every((each) => each.thread.state === 'RUNNING' && tasks(each).length === 2));
    await shared(a, b);
    const before = { tasks: tasks(b), standbys: standbys(b), kept: new Map(a.thread.tasks) };
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      producer.send('in', partition, Buffer.from('k'), Buffer.from('v'), 1, []);
    }
    await producer.flush();
    await producer.close();
    await until('commits', async () => {
      const offsets = await client.admin.fetchOffsets('app');
      return offsets.length === PARTITIONS && offsets.every(({ offset }) => offset === 1);
    });
    await b.stop();
    expect(tasks(a).length).toBe(2);
    const again = await start('b');
    await shared(a, again);
    expect([tasks(again), standbys(again)]).toEqual([before.tasks, before.standbys]);
    expect(new Map(a.thread.tasks)).toEqual(before.kept);
    for (const task of again.thread.tasks.values()) expect(task.metrics.restored).toBe(0);
  });
});
