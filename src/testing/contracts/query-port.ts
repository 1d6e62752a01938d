import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import type { Position } from '../../runtime/queries/position.ts';
import type { QueryPort, QueryRequest, StoreQuery } from '../../runtime/queries/store-query.ts';
import { TaskQueries } from '../../runtime/queries/task-queries.ts';
import { serdes } from '../../serdes/serdes.ts';
import type {
  KeyValueStore,
  SessionStore,
  TimestampedKeyValueStore,
  TimestampedWindowStore,
  VersionedKeyValueStore,
} from '../../state/store.ts';
import { openStateHarness, recordAt, type StateHarness, storeSpec } from './stores.ts';

/** Puts a port in front of another one, however far away that is. */
export type OpenQueryPort = (inner: QueryPort) => Promise<{ readonly port: QueryPort; close(): Promise<void> }>;

const specs = [
  storeSpec({ name: 'counts', kind: 'timestampedKeyValue', key: serdes.string, value: serdes.int64 }),
  storeSpec({ name: 'plain', kind: 'keyValue', key: serdes.string, value: serdes.string }),
  storeSpec({
    name: 'windows',
    kind: 'timestampedWindow',
    key: serdes.string,
    value: serdes.int64,
    windowSizeMs: 10,
    retentionMs: 10_000,
  }),
  storeSpec({ name: 'sessions', kind: 'session', key: serdes.string, value: serdes.int64, retentionMs: 100_000 }),
  storeSpec({
    name: 'versions',
    kind: 'versioned',
    key: serdes.string,
    value: serdes.string,
    cached: false,
    retentionMs: 100_000,
  }),
  storeSpec({
    name: 'join',
    kind: 'timestampedWindow',
    key: serdes.string,
    value: serdes.int64,
    windowSizeMs: 10,
    retentionMs: 100,
    retainDuplicates: true,
  }),
];

/** What must hold for whoever answers queries. Task 0 is active, task 1 a standby, task 2 is being restored. */
export function queryPortContract(title: string, open: OpenQueryPort): void {
  describe(`queries, ${title}`, () => {
    let harness: StateHarness;
    let opened: Awaited<ReturnType<OpenQueryPort>>;
    let position: Position = {};
    let closed: string | null = null;

    beforeAll(async () => {
      harness = await openStateHarness({ specs, onDisk: false, cacheMaxBytes: 1_000_000 });
      await fill(harness);
      const task = (partition: number, role: 'active' | 'standby', ready: boolean) => ({
        id: `0_${partition}`,
        partition,
        role,
        ready,
        stores: specs,
        store: (name: string) => harness.state.store(name),
        lag: () => (role === 'active' ? 0 : 7),
        position: () => position,
      });
      const tasks = [task(0, 'active', true), task(1, 'standby', true), task(2, 'active', false)];
      const inner = new TaskQueries({
        tasks: () => tasks,
        closed: () => closed,
        prepared: (spec) => Promise.resolve({ spec, topic: `${spec.name}-changelog` }),
        clock: systemClock,
      });
      opened = await open(inner);
    });

    afterAll(async () => {
      await opened.close();
      await harness.close();
    });

    const ask = (store: string, query: StoreQuery, over: Partial<QueryRequest> = {}) =>
      opened.port.ask({
        store,
        partition: 0,
        query,
        limit: 100,
        after: null,
        stale: null,
        atLeast: null,
        waitMs: 0,
        ...over,
      });
    const key = (text: string): Buffer => Buffer.from(text);

    /** Reads page by page, with what `show` makes of each entry. */
    async function pages(store: string, query: StoreQuery, limit: number): Promise<string[][]> {
      const all: string[][] = [];
      let after: Buffer | null = null;
      do {
        const answer = await ask(store, query, { limit, after });
        all.push(answer.entries.map(({ key, window }) => key.toString() + (window ? `@${window.start}` : '')));
        ({ after } = answer);
      } while (after !== null);
      return all;
    }

    it('gives a value as its bytes, with its time and who answered', async () => {
      expect(await ask('counts', { kind: 'get', key: key('b') })).toEqual({
        entries: [{ key: key('b'), value: serdes.int64.serialize('', 2), timestamp: 102, window: null, validTo: null }],
        count: null,
        after: null,
        position: {},
        source: { task: '0_0', role: 'active', lag: 0 },
      });
    });

    it('gives no entry for a key that is not there, and no time where a store keeps none', async () => {
      expect((await ask('counts', { kind: 'get', key: key('zz') })).entries).toEqual([]);
      expect((await ask('plain', { kind: 'get', key: key('a') })).entries).toMatchObject([
        { value: Buffer.from('A'), timestamp: null },
      ]);
      expect((await ask('plain', { kind: 'range', from: null, to: null, reverse: false })).entries).toMatchObject([
        { value: Buffer.from('A'), timestamp: null },
      ]);
    });

    it('reads ranges in both directions, in pages, over what is cached and what is committed', async () => {
      const range = { kind: 'range', from: key('b'), to: key('d'), reverse: false } as const;
      expect(await pages('counts', range, 2)).toEqual([
        ['b', 'bb'],
        ['c', 'd'],
      ]);
      expect(await pages('counts', { ...range, reverse: true }, 3)).toEqual([['d', 'c', 'bb'], ['b']]);
      expect(await pages('counts', { ...range, from: null, to: null }, 100)).toEqual([['a', 'b', 'bb', 'c', 'd', 'e']]);
    });

    it('reads by prefix, in pages', async () => {
      expect(await pages('counts', { kind: 'prefix', prefix: key('b') }, 1)).toEqual([['b'], ['bb']]);
      expect(await pages('counts', { kind: 'prefix', prefix: key('x') }, 1)).toEqual([[]]);
    });

    it('counts', async () => {
      expect(await ask('counts', { kind: 'count' })).toMatchObject({ count: 6, entries: [] });
    });

    it('reads the windows of a key and of all keys, in pages', async () => {
      const fetch = { kind: 'fetch', key: key('a'), from: 0, to: 20 } as const;
      expect(await pages('windows', fetch, 2)).toEqual([['a@0', 'a@10'], ['a@20']]);
      const all = { kind: 'fetchAll', from: 0, to: 10 } as const;
      expect(await pages('windows', all, 1)).toEqual([['a@0'], ['b@0'], ['c@0'], ['a@10'], ['b@10'], ['c@10']]);
      const [first] = (await ask('windows', fetch)).entries;
      expect(first).toMatchObject({ window: { start: 0, end: 10 }, timestamp: 0 });
    });

    it('reads the sessions of a key and of all keys, in pages', async () => {
      const sessions = { kind: 'sessions', key: key('a'), earliestEnd: 0, latestStart: 1_000 } as const;
      expect(await pages('sessions', sessions, 1)).toEqual([['a@0'], ['a@50'], ['a@100']]);
      const byEnd = { kind: 'sessionsByEnd', earliestEnd: 0, latestEnd: 60 } as const;
      expect(await pages('sessions', byEnd, 1)).toEqual([['a@0'], ['b@0'], ['a@50'], ['b@50']]);
    });

    it('reads versions: the latest, what held at a time, and the history in pages', async () => {
      expect((await ask('versions', { kind: 'get', key: key('a') })).entries).toMatchObject([{ timestamp: 30 }]);
      const { entries } = await ask('versions', { kind: 'getAsOf', key: key('a'), asOf: 25 });
      expect(entries).toMatchObject([{ value: Buffer.from('v20'), timestamp: 20, validTo: 30 }]);
      const history = { kind: 'versions', key: key('a'), from: 0, to: 100 } as const;
      const first = await ask('versions', history, { limit: 2 });
      expect(first.entries.map(({ timestamp }) => timestamp)).toEqual([30, 20]);
      const rest = await ask('versions', history, { limit: 2, after: first.after });
      expect(rest).toMatchObject({ entries: [{ timestamp: 10, validTo: 20 }], after: null });
    });

    it('ends a page before the limit when it grows large', async () => {
      const store = harness.state.store<KeyValueStore<string, string>>('plain');
      for (let i = 0; i < 5; i++) store.put(`large-${i}`, 'x'.repeat(400_000));
      expect(await pages('plain', { kind: 'prefix', prefix: key('large-') }, 100)).toEqual([
        ['large-0', 'large-1', 'large-2'],
        ['large-3', 'large-4'],
      ]);
      for (let i = 0; i < 5; i++) store.delete(`large-${i}`);
    });

    it('refuses what a store does not have', async () => {
      const unfit = { code: 'QUERY_INVALID', retriable: false };
      await expect(ask('windows', { kind: 'count' })).rejects.toMatchObject(unfit);
      await expect(ask('counts', { kind: 'fetchAll', from: 0, to: 1 })).rejects.toMatchObject(unfit);
      await expect(ask('join', { kind: 'fetchAll', from: 0, to: 1 })).rejects.toMatchObject(unfit);
      const after = key('short');
      await expect(ask('windows', { kind: 'fetchAll', from: 0, to: 1 }, { after })).rejects.toMatchObject(unfit);
    });

    it('says which partitions are not here, and which not yet', async () => {
      const get = { kind: 'get', key: key('a') } as const;
      await expect(ask('counts', get, { partition: 5 })).rejects.toMatchObject({
        code: 'NOT_PRESENT',
        retriable: true,
      });
      await expect(ask('nothing', get)).rejects.toMatchObject({ code: 'NOT_PRESENT' });
      await expect(ask('counts', get, { partition: null })).rejects.toMatchObject({ code: 'NOT_PRESENT' });
      await expect(ask('counts', get, { partition: 2 })).rejects.toMatchObject({
        code: 'STORE_CLOSED',
        retriable: true,
      });
    });

    it('reads a standby only when asked to, and only when it is near enough', async () => {
      const get = { kind: 'get', key: key('a') } as const;
      await expect(ask('counts', get, { partition: 1 })).rejects.toMatchObject({ code: 'NOT_PRESENT' });
      for (const maxLag of [null, 7]) {
        const answer = await ask('counts', get, { partition: 1, stale: { maxLag } });
        expect(answer.source).toEqual({ task: '0_1', role: 'standby', lag: 7 });
      }
      const near = ask('counts', get, { partition: 1, stale: { maxLag: 6 } });
      await expect(near).rejects.toMatchObject({ code: 'NOT_UP_TO_BOUND' });
    });

    it('reads no active task while the group moves, unless old content will do', async () => {
      closed = 'the application is REBALANCING, not RUNNING';
      const get = { kind: 'get', key: key('a') } as const;
      await expect(ask('counts', get)).rejects.toMatchObject({ code: 'STORE_CLOSED', message: /REBALANCING/ });
      expect((await ask('counts', get, { stale: { maxLag: null } })).entries).toHaveLength(1);
      closed = null;
    });

    it('waits for the position that is demanded, and says so when it does not come', async () => {
      const get = { kind: 'get', key: key('a') } as const;
      position = { in: { '0': 5 } };
      expect((await ask('counts', get, { atLeast: { in: { '0': 5, '1': 99 } } })).position).toEqual(position);
      const late = ask('counts', get, { atLeast: { in: { '0': 6 } }, waitMs: 10 });
      await expect(late).rejects.toMatchObject({ code: 'NOT_UP_TO_BOUND', retriable: true });
      const waited = ask('counts', get, { atLeast: { in: { '0': 6 } }, waitMs: 10_000 });
      position = { in: { '0': 6 } };
      expect((await waited).position).toEqual(position);
      const unknown = ask('counts', get, { atLeast: { elsewhere: { '0': 1 } }, waitMs: 10_000 });
      await expect(unknown).rejects.toMatchObject({ code: 'NOT_UP_TO_BOUND', message: /elsewhere/ });
      position = {};
    });
  });
}

/** Half of it committed, half of it in the caches. */
async function fill({ state }: StateHarness): Promise<void> {
  const counts = state.store<TimestampedKeyValueStore<string, number>>('counts');
  const windows = state.store<TimestampedWindowStore<string, number>>('windows');
  const sessions = state.store<SessionStore<string, number>>('sessions');
  const versions = state.store<VersionedKeyValueStore<string, string>>('versions');
  ['a', 'c', 'e', 'gone'].forEach((key, i) => counts.put(key, i * 2 + 1, recordAt(100)));
  state.store<KeyValueStore<string, string>>('plain').put('a', 'A');
  for (const key of ['c', 'a', 'b']) windows.put(key, 1, 0, recordAt(0));
  for (const key of ['b', 'a']) sessions.put({ key, window: { start: 0, end: 10 } }, 1, recordAt(10));
  for (const at of [10, 20]) versions.put('a', `v${at}`, recordAt(at));
  state.flush();
  await state.commit(new Map());
  counts.put('gone', null, recordAt(100));
  ['b', 'd', 'bb'].forEach((key, i) => counts.put(key, i + 2, recordAt(102)));
  for (const start of [10, 20]) for (const key of ['c', 'a', 'b']) windows.put(key, 1, start, recordAt(start));
  for (const key of ['b', 'a']) sessions.put({ key, window: { start: 50, end: 60 } }, 1, recordAt(60));
  sessions.put({ key: 'a', window: { start: 100, end: 110 } }, 1, recordAt(110));
  versions.put('a', 'v30', recordAt(30));
}
