import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { createLogger, type ReadOnlyKeyValueStore, serdes, StreamsBuilder, type Topology } from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { type Instance, startInstance, until } from '../runtime/instance.ts';

const strings = { key: serdes.string, value: serdes.string };
const KEYS = 500;
const instances: Instance[] = [];
const lines: string[] = [];
let broker: EmbeddedBroker;
let client: KafkaClient;
let dir: string;

beforeEach(async () => {
  broker = new EmbeddedBroker();
  client = embeddedClient(broker);
  await client.connect();
  await client.admin.createTopics([{ name: 'words', partitions: 1, replicationFactor: 1 }]);
  dir = await mkdtemp(join(tmpdir(), 'no-wipe-'));
  lines.length = 0;
});
afterEach(async () => {
  await Promise.all(instances.splice(0).map((instance) => instance.stop()));
  await client.close();
  await rm(dir, { recursive: true, force: true });
});

function counting(poison: boolean): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('words', strings)
    .peek((value) => {
      if (poison && value === 'poison') throw new Error('a crash');
    })
    .groupByKey()
    .count({ store: 'counts' });
  return builder.build();
}

async function send(...records: readonly (readonly [string, string])[]): Promise<void> {
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  for (const [key, value] of records) producer.send('words', 0, Buffer.from(key), Buffer.from(value), 1, []);
  await producer.flush();
  await producer.close();
}

const committed = async (): Promise<number> =>
  (await client.admin.fetchOffsets('app', [{ topic: 'words', partition: 0 }]))[0]?.offset ?? 0;

it.each(['at_least_once', 'exactly_once_v2'] as const)(
  'a crash wipes nothing: the next start reads what is missing, and not the changelog from its start (%s)',
  async (processingGuarantee) => {
    const over = {
      processingGuarantee,
      stateDir: dir,
      logger: createLogger({ destination: { write: (line: string) => lines.push(line) } }),
    };
    const first = await startInstance(broker, counting(true), 'p', over);
    instances.push(first);
    const keys = Array.from({ length: KEYS }, (_, i) => `k${i}`);
    await send(...keys.map((key) => [key, 'x'] as const));
    // A transaction's marker takes no offset of the input.
    await until('a commit of all', async () => (await committed()) === KEYS);
    // The thread ends in the middle of its work, without a commit.
    await send(['k0', 'x'], ['k1', 'poison']);
    expect(await first.ended).toMatchObject({ code: 'PROCESSING' });

    const second = await startInstance(broker, counting(false), 'p', over);
    instances.push(second);
    const store = () => second.thread.tasks.get('0_0')?.state.store<ReadOnlyKeyValueStore<string, number>>('counts');
    await until('it runs', () => second.thread.state === 'RUNNING');
    await until('the count', () => (store()?.get('k1') ?? 0) >= 2);
    expect(second.thread.tasks.get('0_0')?.metrics.restored).toBeLessThanOrEqual(2);
    expect(store()?.approximateNumEntries()).toBe(KEYS);
    if (processingGuarantee === 'exactly_once_v2') expect(store()?.get('k0')).toBe(2);
    expect(lines.filter((line) => line.includes('wiped'))).toEqual([]);
  },
);
