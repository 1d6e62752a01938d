import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_HEADERS } from '../../src/core/record.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import { restoreStores } from '../../src/runtime/restore.ts';
import type { TaskState } from '../../src/state/task-state.ts';

const TOPIC = 'app-s-changelog';
const at = { topic: TOPIC, partition: 0 };

/** The store `s` of a task: what it has, on disk with its position, and what was done to it. */
class FakeState {
  readonly entries = new Map<string, string>();
  readonly positions = new Map<string, number>();
  wipes = 0;
  restore(_store: string, records: readonly { key: Buffer; value: Buffer | null }[]): void {
    for (const { key, value } of records) {
      if (value === null) this.entries.delete(key.toString());
      else this.entries.set(key.toString(), value.toString());
    }
  }
  async restored(store: string, nextOffset: number): Promise<void> {
    this.positions.set(store, nextOffset);
  }
  async wipe(store: string): Promise<void> {
    this.entries.clear();
    this.positions.delete(store);
    this.wipes++;
  }
}

describe('restoreStores', () => {
  let client: KafkaClient;

  beforeEach(async () => {
    client = embeddedClient(new EmbeddedBroker());
    await client.connect();
    await client.admin.createTopics([{ name: TOPIC, partitions: 1, replicationFactor: 1 }]);
  });
  afterEach(() => client.close());

  async function log(from: number, to: number): Promise<void> {
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    for (let i = from; i < to; i++) {
      producer.send(TOPIC, 0, Buffer.from(`k${i}`), Buffer.from(`v${i}`), i, NO_HEADERS);
      // A batch, and so a chunk, for each ten.
      if (i % 10 === 9) await producer.flush();
    }
    await producer.flush();
    await producer.close();
  }

  const restore = (state: FakeState, over: Partial<Parameters<typeof restoreStores>[0]> = {}): Promise<void> =>
    restoreStores({
      client,
      targets: [{ ...at, store: 's', taskId: '0_0', end: null, state: state as unknown as TaskState }],
      logger: silentLogger,
      onProgress: () => undefined,
      stopped: () => false,
      ...over,
    });

  const keys = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `k${from + i}`);

  it('reads a changelog from its start, and only its tail where the state has a position', async () => {
    await log(0, 30);
    const state = new FakeState();
    await restore(state);
    expect([[...state.entries.keys()], state.positions.get('s')]).toEqual([keys(0, 30), 30]);
    await log(30, 35);
    const tail = new FakeState();
    tail.positions.set('s', 30);
    await restore(tail);
    expect([[...tail.entries.keys()], tail.positions.get('s'), tail.wipes]).toEqual([keys(30, 35), 35, 0]);
  });

  it('ends at an end that holds no record', async () => {
    const producer = client.producer({ transactionalId: 't' });
    await producer.init();
    producer.beginTransaction();
    producer.send(TOPIC, 0, Buffer.from('k'), Buffer.from('v'), 1, NO_HEADERS);
    await producer.commitTransaction();
    producer.beginTransaction();
    producer.send(TOPIC, 0, Buffer.from('k'), Buffer.from('aborted'), 1, NO_HEADERS);
    await producer.flush();
    await producer.abortTransaction();
    await producer.close();
    const state = new FakeState();
    await restore(state);
    const [end] = await client.admin.listOffsets([at], 'latest');
    expect([[...state.entries], state.positions.get('s')]).toEqual([[['k', 'v']], end?.offset]);
  });

  it('waits for a transaction that is undecided, since its positions may be committed before its records show', async () => {
    await log(0, 1);
    const producer = client.producer({ transactionalId: 't' });
    await producer.init();
    producer.beginTransaction();
    producer.send(TOPIC, 0, Buffer.from('k1'), Buffer.from('v1'), 1, NO_HEADERS);
    await producer.flush();
    const state = new FakeState();
    const restoring = restore(state);
    await client.admin.listOffsets([at], 'latest');
    await producer.commitTransaction();
    await restoring;
    await producer.close();
    expect([...state.entries.keys()]).toEqual(keys(0, 2));
  });

  it('keeps state that is ahead of what readers of committed records see', async () => {
    await log(0, 1);
    const producer = client.producer({ transactionalId: 't' });
    await producer.init();
    producer.beginTransaction();
    producer.send(TOPIC, 0, Buffer.from('k1'), Buffer.from('v1'), 1, NO_HEADERS);
    await producer.flush();
    const state = new FakeState();
    state.positions.set('s', 2);
    await restore(state);
    await producer.close();
    expect([state.wipes, state.positions.get('s')]).toEqual([0, 2]);
  });

  it.each([
    ['before the log', 5],
    ['past its end', 99],
  ])('begins anew from a position %s', async (_, position) => {
    await log(0, 30);
    await client.admin.deleteRecords([{ ...at, offset: 10 }]);
    const state = new FakeState();
    state.entries.set('old', 'old');
    state.positions.set('s', position);
    await restore(state);
    expect([state.wipes, [...state.entries.keys()], state.positions.get('s')]).toEqual([1, keys(10, 30), 30]);
  });

  it.each([
    ['a part', 25, keys(25, 30)],
    ['all', 30, []],
  ] as const)('begins anew when %s of the log is cut off while it is read', async (_, cut, left) => {
    await log(0, 30);
    const state = new FakeState();
    state.entries.set('old', 'old');
    state.positions.set('s', 10);
    const { admin } = client;
    let asked = 0;
    const cutting: KafkaClient = {
      ...client,
      admin: {
        ...admin,
        clusterId: () => admin.clusterId(),
        listOffsets: async (...asking) => {
          const offsets = await admin.listOffsets(...asking);
          if (++asked === 2) await admin.deleteRecords([{ ...at, offset: cut }]);
          return offsets;
        },
      },
      connected: true,
      fetcher: (options) => client.fetcher(options),
    };
    await restore(state, { client: cutting });
    expect([state.wipes, [...state.entries.keys()], state.positions.get('s')]).toEqual([1, left, 30]);
  });

  it('stops in the middle when it is told to, and goes on from there', async () => {
    await log(0, 100);
    const state = new FakeState();
    let chunks = 0;
    const fetcher: KafkaClient['fetcher'] = (options) => client.fetcher({ ...options, maxPartitionBytes: 200 });
    const slow: KafkaClient = { ...client, admin: client.admin, connected: true, fetcher };
    await restore(state, { client: slow, onProgress: () => void chunks++, stopped: () => chunks >= 2 });
    const reached = state.positions.get('s') ?? 0;
    expect(reached).toBeGreaterThan(0);
    expect(reached).toBeLessThan(100);
    await restore(state);
    expect([[...state.entries.keys()], state.positions.get('s'), state.wipes]).toEqual([keys(0, 100), 100, 0]);
  });
});
