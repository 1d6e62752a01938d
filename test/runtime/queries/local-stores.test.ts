import { describe, expect, it } from 'vitest';
import { queryKeyValue, querySession } from '../../../src/runtime/queries/local-stores.ts';
import { serdes } from '../../../src/serdes/serdes.ts';
import type {
  KeyValueStore,
  ReadOnlyKeyValueStore,
  ReadOnlySessionStore,
  SessionStore,
  StoreIterator,
} from '../../../src/state/store.ts';
import { openStateHarness, recordAt, storeSpec } from '../../../src/testing/contracts/stores.ts';

/** Stores of the tasks of three partitions, with how many iterators are open. */
function countedStores(): { stores: ReadOnlyKeyValueStore<string, number>[]; open: () => number } {
  let open = 0;
  const store = (partition: number): ReadOnlyKeyValueStore<string, number> => {
    const read = (): StoreIterator<string, number> => {
      open++;
      let at = 0;
      let closed = false;
      const close = (): void => {
        if (!closed) open--;
        closed = true;
      };
      const iterator: StoreIterator<string, number> = {
        next: () => {
          if (closed || at === 3) {
            close();
            return { done: true, value: undefined };
          }
          if (partition === 2 && at === 1) throw new Error('the store was closed');
          return { done: false, value: [`${partition}-${at}`, at++] };
        },
        return: () => {
          close();
          return { done: true, value: undefined };
        },
        close,
        [Symbol.iterator]: () => iterator,
      };
      return iterator;
    };
    return {
      name: 'counts',
      open: true,
      get: () => null,
      range: read,
      reverseRange: read,
      all: read,
      prefixScan: read,
      approximateNumEntries: () => 3,
    };
  };
  return { stores: [store(0), store(1), store(2)], open: () => open };
}

describe('iterators over the stores of several tasks', () => {
  it('close themselves at the end', () => {
    const { stores, open } = countedStores();
    const read = queryKeyValue('counts', () => stores.slice(0, 2));
    expect([...read.all()].map(([key]) => key)).toEqual(['0-0', '0-1', '0-2', '1-0', '1-1', '1-2']);
    expect(open()).toBe(0);
  });

  it('close what is open when a loop is left, and when a store fails', () => {
    const { stores, open } = countedStores();
    const read = queryKeyValue('counts', () => stores);
    const seen: string[] = [];
    for (const [key] of read.range(null, null)) {
      seen.push(key);
      expect(open()).toBe(1);
      if (key === '1-0') break;
    }
    expect(seen).toEqual(['0-0', '0-1', '0-2', '1-0']);
    expect(open()).toBe(0);
    expect(() => [...read.all()]).toThrow('the store was closed');
    expect(open()).toBe(0);
  });

  it('open nothing that is not read, and give nothing once closed', () => {
    const { stores, open } = countedStores();
    const iterator = queryKeyValue('counts', () => stores).all();
    expect(open()).toBe(0);
    iterator.next();
    iterator.close();
    expect(open()).toBe(0);
    expect(iterator.next()).toEqual({ done: true, value: undefined });
    expect([...iterator]).toEqual([]);
  });

  it('leave nothing behind on disk: the state closes after reads that were left early', async () => {
    const plain = storeSpec({ name: 'plain', kind: 'keyValue', key: serdes.string, value: serdes.string });
    const harness = await openStateHarness({ specs: [plain], onDisk: true, cacheMaxBytes: 0 });
    const store = harness.state.store<KeyValueStore<string, string>>('plain');
    for (let i = 0; i < 2_000; i++) store.put(`key-${i}`, 'x'.repeat(100));
    await harness.state.commit(new Map());
    const read = queryKeyValue('plain', () => [store]);
    for (let i = 0; i < 200; i++) for (const [key] of read.all()) if (key.length > 0) break;
    await harness.close();
    expect(store.open).toBe(false);
  });
});

describe('a session store of several tasks', () => {
  it('is read as one', async () => {
    const spec = storeSpec({
      name: 'sessions',
      kind: 'session',
      key: serdes.string,
      value: serdes.int64,
      retentionMs: 1_000,
    });
    const harnesses = await Promise.all(
      [0, 1].map(() => openStateHarness({ specs: [spec], onDisk: false, cacheMaxBytes: 1_000 })),
    );
    const stores = harnesses.map(({ state }) => state.store<SessionStore<string, number>>('sessions'));
    stores[0]?.put({ key: 'a', window: { start: 0, end: 5 } }, 1, recordAt(5));
    stores[0]?.put({ key: 'a', window: { start: 10, end: 15 } }, 2, recordAt(15));
    stores[1]?.put({ key: 'b', window: { start: 0, end: 7 } }, 3, recordAt(7));
    const read: ReadOnlySessionStore<string, number> = querySession('sessions', () => stores);
    expect(read.open).toBe(true);
    expect(read.fetchSession('b', 0, 7)).toBe(3);
    expect([...read.fetch('a')].map(([, value]) => value)).toEqual([1, 2]);
    expect([...read.backwardFetch('a')].map(([, value]) => value)).toEqual([2, 1]);
    expect([...read.fetchRange(null, 'b')].map(([, value]) => value)).toEqual([1, 2, 3]);
    expect([...read.findSessions('a', 6, 10)].map(([, value]) => value)).toEqual([2]);
    expect([...read.backwardFindSessions('a', 0, 10)].map(([, value]) => value)).toEqual([2, 1]);
    expect([...read.findSessionsByEnd(6, 15)].map(([, value]) => value)).toEqual([2, 3]);
    await Promise.all(harnesses.map((harness) => harness.close()));
  });
});
