import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StreamsError } from '../../../src/core/errors.ts';
import { NO_HEADERS } from '../../../src/core/record.ts';
import { EmbeddedBroker } from '../../../src/embedded/broker.ts';
import { embeddedClient } from '../../../src/embedded/client.ts';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import { silentLogger } from '../../../src/observe/logger.ts';
import { Restorer, type RestoreJob, type RestorerOptions } from '../../../src/runtime/restore/restorer.ts';
import type { StateRestoreListener } from '../../../src/runtime/restore/state-restore-listener.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { TaskState } from '../../../src/state/task-state.ts';

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

describe('Restorer', () => {
  let client: KafkaClient;

  beforeEach(async () => {
    client = embeddedClient(new EmbeddedBroker());
    await client.connect();
    await client.admin.createTopics([{ name: TOPIC, partitions: 1, replicationFactor: 1 }]);
  });
  afterEach(async () => {
    await Promise.all(restorers.splice(0).map((each) => each.close()));
    await client.close();
  });

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

  const restorers: Restorer[] = [];
  let woken: () => void = () => undefined;

  function restorer(over: Partial<RestorerOptions> = {}): Restorer {
    const made = new Restorer({
      client,
      clock: systemClock,
      logger: silentLogger,
      maxBufferedBytes: 1 << 20,
      committed: async () => [],
      committedEveryMs: 0,
      onRecords: () => undefined,
      wake: () => woken(),
      ...over,
    });
    restorers.push(made);
    return made;
  }

  const job = (state: FakeState): RestoreJob => ({
    taskId: '0_0',
    state: state as unknown as TaskState,
    changelogs: [{ ...at, store: 's', source: false, stopAt: null }],
  });

  /** Resolves when the task is restored; rejects with what ended the reading. */
  async function restored(from: Restorer): Promise<void> {
    while (!from.takeRestored().includes('0_0')) await new Promise<void>((resolve) => (woken = resolve));
  }

  async function restore(state: FakeState, over: Partial<RestorerOptions> = {}): Promise<void> {
    const made = restorer(over);
    made.restore(job(state));
    await restored(made);
  }

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

  it('pain 15: ends at an end that holds no record, as transactions and compaction leave it', async () => {
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

  it.each([
    ['before the log', 5],
    ['past its end', 99],
  ])('pains 15 and 17: begins anew from a position %s', async (_, position) => {
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
  ] as const)('pain 15: begins anew when %s of the log is cut off while it is read', async (_, cut, left) => {
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

  /** A client whose fetches bring a few records at a time. */
  function slow(): KafkaClient {
    const fetcher: KafkaClient['fetcher'] = (options) => client.fetcher({ ...options, maxPartitionBytes: 200 });
    return { ...client, admin: client.admin, connected: true, fetcher };
  }

  it('writes nothing more after a release, and goes on from there when it is asked again', async () => {
    await log(0, 100);
    const state = new FakeState();
    let chunks = 0;
    let told: () => void = () => undefined;
    const second = new Promise<void>((resolve) => (told = resolve));
    const made = restorer({ client: slow(), onRecords: () => void (++chunks === 2 && told()) });
    made.restore(job(state));
    await second;
    await made.release('0_0');
    const reached = state.positions.get('s') ?? 0;
    expect(reached).toBeGreaterThan(0);
    expect(reached).toBeLessThan(100);
    await log(100, 110);
    expect([state.positions.get('s'), made.readings('0_0')]).toEqual([reached, []]);
    made.restore(job(state));
    await restored(made);
    expect([[...state.entries.keys()], state.positions.get('s'), state.wipes]).toEqual([keys(0, 110), 110, 0]);
  });

  it('keeps a standby current for ever, and tells how current it is', async () => {
    await log(0, 30);
    const state = new FakeState();
    let seen = 0;
    let enough: () => void = () => undefined;
    const until = (records: number): Promise<void> =>
      new Promise((resolve) => {
        enough = () => seen >= records && resolve();
        enough();
      });
    const made = restorer({
      onRecords: (_task, records) => {
        seen += records;
        enough();
      },
    });
    made.follow(job(state));
    await until(30);
    await log(30, 40);
    await until(40);
    expect(made.readings('0_0')).toMatchObject([{ store: 's', position: 40, end: 40 }]);
    expect([made.takeRestored(), [...state.entries.keys()]]).toEqual([[], keys(0, 40)]);
    await made.release('0_0');
    await log(40, 45);
    // What it has is where an active task goes on.
    made.restore(job(state));
    await restored(made);
    expect([state.positions.get('s'), state.wipes]).toEqual([45, 0]);
  });

  it('holds a standby of a source topic back to what the active task has committed', async () => {
    await log(0, 30);
    const state = new FakeState();
    let committed = 10;
    let reached: () => void = () => undefined;
    const made = restorer({
      committed: async () => [{ ...at, offset: committed }],
      onRecords: () => reached(),
    });
    const at10 = new Promise<void>((resolve) => (reached = resolve));
    made.follow({ ...job(state), changelogs: [{ ...at, store: 's', source: true, stopAt: null }] });
    await at10;
    expect([...state.entries.keys()]).toEqual(keys(0, 10));
    committed = 25;
    await new Promise<void>((resolve) => (reached = () => state.positions.get('s') === 25 && resolve()));
    expect([...state.entries.keys()]).toEqual(keys(0, 25));
  });

  it('tells a listener of the start, each batch and the end, and survives what it throws', async () => {
    await log(0, 30);
    const told: unknown[] = [];
    const listener: StateRestoreListener = {
      onRestoreStart: (...args) => told.push(['start', ...args]),
      onBatchRestored: (_at, store, end) => {
        told.push(['batch', store, end]);
        throw new Error('no');
      },
      onRestoreEnd: (...args) => told.push(['end', ...args]),
    };
    await restore(new FakeState(), { listener });
    expect(told[0]).toEqual(['start', at, 's', 0, 30]);
    expect(told.slice(1, -1).at(-1)).toEqual(['batch', 's', 30]);
    expect(told.at(-1)).toEqual(['end', at, 's', 30]);
  });

  it('waits for an open transaction, whose records may be behind positions that are committed (KAFKA-10167)', async () => {
    const producer = client.producer({ transactionalId: 't' });
    await producer.init();
    producer.beginTransaction();
    producer.send(TOPIC, 0, Buffer.from('k'), Buffer.from('v'), 1, NO_HEADERS);
    await producer.flush();
    const state = new FakeState();
    const made = restorer();
    made.restore(job(state));
    const done = restored(made);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(state.positions.get('s')).toBeUndefined();
    await producer.commitTransaction();
    await done;
    expect([...state.entries]).toEqual([['k', 'v']]);
    await producer.close();
  });

  const OTHER = 'app-t-changelog';

  /** The job of another task, of a store whose changelog is {@link OTHER}. */
  const otherJob = (state: FakeState): RestoreJob => ({
    taskId: '1_0',
    state: state as unknown as TaskState,
    changelogs: [{ topic: OTHER, partition: 0, store: 's', source: false, stopAt: null }],
  });

  async function logOther(records: number): Promise<void> {
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    for (let i = 0; i < records; i++) producer.send(OTHER, 0, Buffer.from(`o${i}`), Buffer.from('v'), i, NO_HEADERS);
    await producer.flush();
    await producer.close();
  }

  it('lets standbys wait while a task is restored, as Kafka Streams does; they know how far they are behind', async () => {
    await client.admin.createTopics([{ name: OTHER, partitions: 1, replicationFactor: 1 }]);
    await logOther(10);
    const [active, standby] = [new FakeState(), new FakeState()];
    let told: () => void = () => undefined;
    const made = restorer({ onRecords: () => told() });
    const at = (records: number): Promise<void> =>
      new Promise((resolve) => {
        told = () => standby.entries.size === records && resolve();
      });
    let reached = at(10);
    made.follow(otherJob(standby));
    await reached;
    // The restore is held up by an open transaction.
    const producer = client.producer({ transactionalId: 't' });
    await producer.init();
    producer.beginTransaction();
    producer.send(TOPIC, 0, Buffer.from('k'), Buffer.from('v'), 1, NO_HEADERS);
    await producer.flush();
    made.restore(job(active));
    await expect.poll(() => made.readings('0_0').length).toBe(1);
    await logOther(15);
    await expect.poll(() => made.readings('1_0')[0]?.end, { timeout: 5_000 }).toBe(25);
    expect(made.readings('1_0')).toMatchObject([{ position: 10, remaining: 15 }]);
    expect(standby.entries.size).toBe(10);
    reached = at(15);
    await producer.commitTransaction();
    await restored(made);
    await reached;
    expect(made.readings('1_0')).toMatchObject([{ position: 25, end: 25 }]);
    await producer.close();
  });

  it('ends the reading of the task that it fails for, and of no other', async () => {
    await client.admin.createTopics([{ name: OTHER, partitions: 1, replicationFactor: 1 }]);
    await log(0, 10);
    await logOther(10);
    const full = new Error('the disk is full');
    const failing = new FakeState();
    failing.restored = () => Promise.reject(full);
    const made = restorer();
    made.restore(otherJob(failing));
    const good = new FakeState();
    made.restore(job(good));
    await restored(made);
    expect(good.entries.size).toBe(10);
    await expect.poll(() => made.hasFailed).toBe(true);
    expect(made.takeFailed()).toEqual([{ taskId: '1_0', error: full }]);
    expect([made.hasFailed, made.readings('1_0')]).toEqual([false, []]);
    // Tried again once that is mended.
    const mended = new FakeState();
    made.restore(otherJob(mended));
    await expect.poll(() => made.takeRestored()).toEqual(['1_0']);
    expect(mended.entries.size).toBe(10);
  });

  it('fails for the task alone whose changelog may not be read', async () => {
    await client.admin.createTopics([{ name: OTHER, partitions: 1, replicationFactor: 1 }]);
    await log(0, 10);
    const { admin } = client;
    const refused = new StreamsError('KAFKA_ERROR', 'no', { kafkaError: 'TOPIC_AUTHORIZATION_FAILED' });
    const guarded: KafkaClient = {
      ...client,
      admin: {
        ...admin,
        listOffsets: (partitions, ...how) =>
          partitions.some(({ topic }) => topic === OTHER)
            ? Promise.reject(refused)
            : admin.listOffsets(partitions, ...how),
      },
      connected: true,
      fetcher: (options) => client.fetcher(options),
    };
    const made = restorer({ client: guarded });
    made.restore(otherJob(new FakeState()));
    made.restore(job(new FakeState()));
    await restored(made);
    expect(made.takeFailed()).toEqual([{ taskId: '1_0', error: refused }]);
  });

  it('says what ended the reading of all', async () => {
    await log(0, 10);
    const broken: KafkaClient = {
      ...client,
      admin: client.admin,
      connected: true,
      fetcher: (options) =>
        Object.assign(client.fetcher(options), {
          poll: () => {
            throw new Error('gone');
          },
        }),
    };
    const made = restorer({ client: broken });
    made.restore(job(new FakeState()));
    await expect(restored(made)).rejects.toThrow('gone');
  });
});
