import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NO_HEADERS, type RecordContext } from '../../src/core/record.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { createOrderedReader } from '../../src/state/create-ordered-reader.ts';
import { openTaskState } from '../../src/state/open-task-state.ts';
import type { OrderedReader } from '../../src/state/ordered-reader.ts';
import type { JoinWindowStore } from '../../src/state/store.ts';
import type { StoreSpec } from '../../src/state/store-spec.ts';
import type { ChangelogRecord, TaskState } from '../../src/state/task-state.ts';

const RETENTION_MS = 200_000;
const spec: StoreSpec = {
  name: 'joined',
  kind: 'timestampedWindow',
  key: serdes.string,
  value: serdes.string,
  persistent: true,
  cached: false,
  logged: true,
  logConfig: {},
  retentionMs: RETENTION_MS,
  windowSizeMs: RETENTION_MS,
  retainDuplicates: true,
};
const at = (timestamp: number): RecordContext => ({
  timestamp,
  headers: NO_HEADERS,
  topic: 'in',
  partition: 0,
  offset: 0,
});

let dir: string;
let log: ChangelogRecord[];
let state: TaskState;
const open = (path: string | null, reader?: OrderedReader): Promise<TaskState> =>
  openTaskState({
    ...(reader === undefined ? {} : { reader }),
    taskId: '0_0',
    dir: path,
    specs: [spec],
    cacheMaxBytes: 0,
    changelog: { log: (_store, key, value, timestamp, headers) => log.push({ key, value, timestamp, headers }) },
    identity: { clusterId: 'c', changelogIds: {} },
  });
const store = (): JoinWindowStore<string, string> => state.store('joined');
const values = (key: string, from: number, to: number): string[] =>
  store()
    .fetch(key, from, to)
    .map(({ timestamp, value }) => `${value}@${timestamp}`);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'joined-'));
  log = [];
  state = await open(dir);
});
afterEach(async () => {
  await state.close();
  await rm(dir, { recursive: true, force: true });
});

describe('the records of one side of a join', () => {
  it('are all kept, several for one key and time, and found by time, then in their order', () => {
    for (const [value, time] of [
      ['b', 20],
      ['a', 10],
      ['c', 20],
    ] as const)
      store().put('k', value, at(time));
    store().put('kk', 'other', at(15));
    expect(values('k', 0, 100)).toEqual(['a@10', 'b@20', 'c@20']);
    expect(values('k', 11, 20)).toEqual(['b@20', 'c@20']);
    expect(values('kk', 0, 100)).toEqual(['other@15']);
  });

  it('go to the changelog as key, time and sequence number, as Kafka Streams writes them', () => {
    store().put('k', 'a', at(258));
    store().put('k', 'b', at(258));
    expect(log.map(({ key, value }) => `${key.toString('hex')} ${value?.toString() ?? ''}`)).toEqual([
      '6b000000000000010200000001 a',
      '6b000000000000010200000002 b',
    ]);
  });

  it('are found across segments, and not once they are past the retention', () => {
    for (const time of [0, 99_999, 100_000, 199_999]) store().put('k', 'v', at(time));
    expect(values('k', 0, 300_000)).toEqual(['v@0', 'v@99999', 'v@100000', 'v@199999']);
    store().put('k', 'v', at(RETENTION_MS));
    expect(values('k', 0, 300_000)).toEqual(['v@99999', 'v@100000', 'v@199999', 'v@200000']);
    store().put('k', 'late', at(0));
    expect(values('k', 0, 10)).toEqual([]);
  });

  it('are there after a restart, and new ones of the same time come after them', async () => {
    store().put('other', 'x', at(10));
    store().put('k', 'z', at(10));
    store().put('k', 'a', at(10));
    await state.commit(new Map());
    await state.close();
    state = await open(dir);
    store().put('k', 'b', at(10));
    expect(values('k', 0, 20)).toEqual(['z@10', 'a@10', 'b@10']);
  });

  it('come back from the changelog', async () => {
    store().put('k', 'a', at(10));
    store().put('k', 'b', at(150_000));
    const restored = await open(null);
    restored.restore('joined', log);
    await restored.restored('joined', log.length);
    expect(restored.store<JoinWindowStore<string, string>>('joined').fetch('k', 0, 200_000)).toEqual([
      { timestamp: 10, value: 'a' },
      { timestamp: 150_000, value: 'b' },
    ]);
    expect(restored.store<JoinWindowStore<string, string>>('joined').streamTime).toBe(150_000);
    await restored.close();
  });

  it('are found when there are more of them than fit into memory, in time order, after a restart too', async () => {
    for (let i = 0; i < 300_000; i++) store().put(`k${i % 30_000}`, `v${i}`, at(Math.floor(i / 10)));
    await state.commit(new Map());
    expect(values('k7', 0, 30_000)).toEqual(Array.from({ length: 10 }, (_, i) => `v${i * 30_000 + 7}@${i * 3_000}`));
    expect(values('k29999', 29_999, 30_000)).toEqual(['v299999@29999']);
    await state.close();
    state = await open(dir);
    store().put('k7', 'late', at(1));
    store().put('k7', 'new', at(30_000));
    expect(values('k7', 0, 3_000)).toEqual(['v7@0', 'late@1', 'v30007@3000']);
    expect(values('k7', 26_000, 30_000)).toEqual(['v270007@27000', 'new@30000']);
  });

  it('are gone after a rollback, but for what was committed', async () => {
    store().put('k', 'a', at(10));
    await state.commit(new Map());
    store().put('k', 'b', at(10));
    store().put('k', 'c', at(30));
    state.rollback();
    expect(values('k', 0, 100)).toEqual(['a@10']);
    store().put('k', 'd', at(20));
    expect(values('k', 0, 100)).toEqual(['a@10', 'd@20']);
  });

  it('that expired before the commit do not get to the disk, and the others do', async () => {
    store().put('k', 'old', at(10));
    store().put('k', 'young', at(RETENTION_MS));
    store().put('k', 'now', at(RETENTION_MS + 10));
    await state.commit(new Map());
    await state.close();
    expect(await onDisk()).toEqual(['k@200000', 'k@200010']);
    state = await open(dir);
    expect(values('k', 0, 300_000)).toEqual(['young@200000', 'now@200010']);
  });

  it('that came late after a restart are found among those of before', async () => {
    for (const time of [10, 20, 30]) store().put('k', 'before', at(time));
    await state.commit(new Map());
    await state.close();
    state = await open(dir);
    store().put('k', 'late', at(20));
    store().put('k', 'new', at(40));
    expect(values('k', 0, 100)).toEqual(['before@10', 'before@20', 'late@20', 'before@30', 'new@40']);
    await state.commit(new Map());
    expect(values('k', 0, 100)).toEqual(['before@10', 'before@20', 'late@20', 'before@30', 'new@40']);
  });

  it('written while a commit is under way are in the next, and all are undone by a rollback that follows', async () => {
    store().put('k', 'a', at(10));
    const committed = state.commit(new Map());
    store().put('k', 'b', at(20));
    await committed;
    expect(state.uncommittedBytes).toBeGreaterThan(0);
    state.rollback();
    expect(values('k', 0, 100)).toEqual(['a@10']);
    expect(state.uncommittedBytes).toBe(0);
  });

  it('are read from the disk at once after a restart, and not for each look-up', async () => {
    for (let i = 0; i < 1_000; i++) store().put(`k${i % 100}`, `v${i}`, at(i));
    await state.commit(new Map());
    await state.close();
    const reader = createOrderedReader();
    const scan = vi.spyOn(reader, 'scan');
    state = await open(dir, reader);
    for (let i = 0; i < 100; i++) {
      store().put(`k${i}`, 'late', at(i));
      expect(values(`k${i}`, 0, i + 150)).toEqual([`v${i}@${i}`, `late@${i}`, `v${i + 100}@${i + 100}`]);
    }
    expect(scan).toHaveBeenCalledTimes(1);
    await state.commit(new Map());
    state.rollback();
    expect(values('k7', 0, 10)).toEqual(['v7@7', 'late@7']);
    expect(scan).toHaveBeenCalledTimes(2);
    await state.close();
    await reader.stop();
  });

  it('of which the values were let go are read from the disk', async () => {
    const long = 'v'.repeat(50_000);
    for (let i = 0; i < 400; i++) store().put(`k${i}`, `${i}${long}`, at(i));
    await state.commit(new Map());
    expect(values('k0', 0, 100)).toEqual([`0${long}@0`]);
    expect(values('k399', 0, 400)).toEqual([`399${long}@399`]);
  });

  it('cannot be read or written once the state is closed', async () => {
    await state.close();
    expect(() => store().put('k', 'v', at(1))).toThrow('is closed');
    expect(() => values('k', 0, 1)).toThrow('is closed');
  });
});

/** Key and time of what the closed database has. */
async function onDisk(): Promise<string[]> {
  const db = new Level<Buffer, Buffer>(join(dir, 'db'), { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  const keys = await db.keys({ gte: Buffer.from([0, 1]), lt: Buffer.from([0, 2]) }).all();
  await db.close();
  return keys.map((key) => `${key.toString('latin1', 10, key.length - 12)}@${key.readBigInt64BE(key.length - 12)}`);
}
