import { afterEach, expect, it } from 'vitest';
import { serdes } from '../../src/serdes/serdes.ts';
import type { TimestampedKeyValueStore } from '../../src/state/store.ts';
import { openStateHarness, recordAt, storeSpec, type StateHarness } from '../../src/testing/contracts/stores.ts';

let harness: StateHarness;
afterEach(() => harness.close());

type Forwarded = [key: string, newValue: number | null, oldValue: number | null, offset: number];

async function open(options: { cached?: boolean; cacheMaxBytes?: number; sendOldValues?: boolean } = {}) {
  const { cached = true, cacheMaxBytes = 1_000_000, sendOldValues = true } = options;
  const spec = storeSpec({ kind: 'timestampedKeyValue', key: serdes.string, value: serdes.int64, cached });
  harness = await openStateHarness({ specs: [spec], onDisk: false, cacheMaxBytes });
  const store = harness.state.store<TimestampedKeyValueStore<string, number>>('store');
  const forwarded: Forwarded[] = [];
  store.onFlush((key, next, old, record) => forwarded.push([key, next, old, record.offset]), sendOldValues);
  return { store, forwarded, state: harness.state };
}

it('forwards once for each key and flush: the newest value, the last one forwarded, the last record', async () => {
  const { store, forwarded, state } = await open();
  store.put('a', 1, recordAt(10, 100));
  store.put('a', 2, recordAt(11, 101));
  expect(forwarded).toEqual([]);
  state.flush();
  store.put('a', 3, recordAt(12, 102));
  store.put('a', 4, recordAt(13, 103));
  state.flush();
  expect(forwarded).toEqual([
    ['a', 2, null, 101],
    ['a', 4, 2, 103],
  ]);
  expect(harness.log.map((record) => record.timestamp)).toEqual([11, 13]);
});

it('flushes in the order of the last writes, as Kafka Streams', async () => {
  const { store, forwarded, state } = await open();
  for (const key of ['a', 'b', 'c', 'a']) store.put(key, 1, recordAt(1));
  state.flush();
  expect(forwarded.map(([key]) => key)).toEqual(['b', 'c', 'a']);
});

it('evicting a dirty entry flushes it first and then all others', async () => {
  const { store, forwarded } = await open({ cacheMaxBytes: 400 });
  for (const key of ['a', 'b']) store.put(key, 1, recordAt(1));
  store.get('a');
  expect(forwarded).toEqual([]);
  for (const key of ['c', 'd']) store.put(key, 1, recordAt(1));
  expect(forwarded.map(([key]) => key).slice(0, 3)).toEqual(['b', 'a', 'c']);
  expect(store.get('b')).toBe(1);
});

it('says nothing of a key that came and went between two flushes', async () => {
  const { store, forwarded, state } = await open();
  store.put('a', 1, recordAt(1));
  store.put('a', null, recordAt(2));
  state.flush();
  expect(forwarded).toEqual([]);
  expect(harness.log).toEqual([]);
});

it('without a cache forwards and logs each write before put returns', async () => {
  const { store, forwarded } = await open({ cached: false });
  store.put('a', 1, recordAt(1, 7));
  store.put('a', 2, recordAt(2, 8));
  store.put('a', null, recordAt(3, 9));
  expect(forwarded).toEqual([
    ['a', 1, null, 7],
    ['a', 2, 1, 8],
    ['a', null, 2, 9],
  ]);
  expect(harness.log).toHaveLength(3);
});

it('sends no old values when nobody asked for them', async () => {
  const { store, forwarded, state } = await open({ sendOldValues: false });
  store.put('a', 1, recordAt(1, 1));
  state.flush();
  store.put('a', 2, recordAt(1, 2));
  state.flush();
  expect(forwarded.map(([, , old]) => old)).toEqual([null, null]);
});

it('the old value is what was stored, even when the application changed the object in place', async () => {
  const spec = storeSpec({
    kind: 'timestampedKeyValue',
    key: serdes.string,
    value: serdes.json<{ items: number[] }>(),
  });
  harness = await openStateHarness({ specs: [spec], onDisk: false, cacheMaxBytes: 1_000_000 });
  const store = harness.state.store<TimestampedKeyValueStore<string, { items: number[] }>>('store');
  const forwarded: unknown[] = [];
  store.onFlush((_key, next, old) => forwarded.push([[...(next?.items ?? [])], old?.items ?? null]), true);
  for (const item of [1, 2]) {
    const value = store.get('a') ?? { items: [] };
    value.items.push(item);
    store.put('a', value, recordAt(1));
    harness.state.flush();
  }
  expect(forwarded).toEqual([
    [[1], null],
    [[1, 2], [1]],
  ]);
});

it('flushes stores that were written to by the flush of others, until none is dirty', async () => {
  const base = { kind: 'timestampedKeyValue', key: serdes.string, value: serdes.int64 } as const;
  harness = await openStateHarness({
    specs: [storeSpec({ ...base, name: 'second' }), storeSpec({ ...base, name: 'first' })],
    onDisk: false,
    cacheMaxBytes: 1_000_000,
  });
  const { state } = harness;
  const [first, second] = ['first', 'second'].map((name) =>
    state.store<TimestampedKeyValueStore<string, number>>(name),
  );
  const seen: string[] = [];
  first?.onFlush((key, value, _old, record) => second?.put(key, value, record), false);
  second?.onFlush((key) => seen.push(key), false);
  first?.put('a', 1, recordAt(1));
  state.flush();
  expect(seen).toEqual(['a']);
});

it('counts what is not committed', async () => {
  const { store, state } = await open();
  expect(state.uncommittedBytes).toBe(0);
  store.put('a', 1, recordAt(1));
  expect(state.uncommittedBytes).toBeGreaterThan(0);
  state.flush();
  expect(state.uncommittedBytes).toBeGreaterThan(0);
  await state.commit(new Map());
  expect(state.uncommittedBytes).toBe(0);
});

it('an iterator shows what was there when it began, though its rows are evicted while it is open', async () => {
  const { store } = await open({ cacheMaxBytes: 600 });
  for (const key of ['a', 'b', 'c']) store.put(key, key.charCodeAt(0), recordAt(1));
  const seen: (readonly [string, number])[] = [];
  for (const row of store.all()) {
    seen.push(row);
    for (let i = 0; i < 20; i++) store.put(`x${i}`, i, recordAt(2));
  }
  expect(seen.slice(0, 3)).toEqual([
    ['a', 97],
    ['b', 98],
    ['c', 99],
  ]);
});

it('a listener that uses the store while it evicts sees and leaves the right rows', async () => {
  const { store } = await open({ cacheMaxBytes: 400 });
  store.onFlush((key) => {
    if (!key.startsWith('seen-')) store.put(`seen-${key}`, (store.get(`seen-${key}`) ?? 0) + 1, recordAt(1));
  }, false);
  for (let i = 0; i < 200; i++) store.put(`key-${i % 50}`, i, recordAt(1));
  for (let i = 150; i < 200; i++) expect(store.get(`key-${i % 50}`)).toBe(i);
  for (let i = 0; i < 50; i++) expect(store.get(`seen-key-${i}`)).toBeGreaterThan(0);
});
