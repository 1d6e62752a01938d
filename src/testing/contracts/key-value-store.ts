import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serdes } from '../../serdes/serdes.ts';
import type { KeyValueStore, TimestampedKeyValueStore } from '../../state/store.ts';
import { openStateHarness, recordAt, storeSpec, type StateHarness, type StoreVariant } from './stores.ts';

/** What both key-value stores promise, for one way of making them. */
export function keyValueStoreContract(variant: StoreVariant): void {
  const { persistent, cached } = variant;
  describe(`key-value stores, ${variant.title}`, () => {
    let harness: StateHarness;
    const plain = (): KeyValueStore<string, number> => harness.state.store('plain');
    const timed = (): TimestampedKeyValueStore<string, number> => harness.state.store('timed');

    beforeEach(async () => {
      const base = { key: serdes.string, value: serdes.int64, persistent, cached };
      harness = await openStateHarness({
        specs: [
          storeSpec({ ...base, name: 'plain', kind: 'keyValue' }),
          storeSpec({ ...base, name: 'timed', kind: 'timestampedKeyValue' }),
        ],
        onDisk: variant.onDisk,
        cacheMaxBytes: variant.cacheMaxBytes,
      });
    });
    afterEach(() => harness.close());

    const put = (entries: Record<string, number | null>): void => {
      for (const [key, value] of Object.entries(entries)) plain().put(key, value);
    };
    const commit = async (): Promise<void> => {
      harness.state.flush();
      await harness.state.commit(new Map());
    };

    it('reads what was written, before and after a commit', async () => {
      put({ a: 1, b: 2 });
      expect([plain().get('a'), plain().get('b'), plain().get('c')]).toEqual([1, 2, null]);
      await commit();
      expect([plain().get('a'), plain().get('b'), plain().get('c')]).toEqual([1, 2, null]);
    });

    it('deletes with null, and answers what it deleted', async () => {
      put({ a: 1, b: 2, c: 3 });
      await commit();
      put({ a: null });
      expect(plain().delete('b')).toBe(2);
      expect(plain().delete('never')).toBeNull();
      expect([...plain().all()]).toEqual([['c', 3]]);
      await commit();
      expect([...plain().all()]).toEqual([['c', 3]]);
    });

    it('puts if absent only then', () => {
      expect(plain().putIfAbsent('a', 1)).toBeNull();
      expect(plain().putIfAbsent('a', 2)).toBe(1);
      expect(plain().get('a')).toBe(1);
    });

    it('reads ranges in the order of the bytes, both ends included, over committed and new entries', async () => {
      put({ b: 1, d: 1, f: 1, é: 1 });
      await commit();
      put({ a: 2, c: 2, d: 2, e: 2, f: null });
      const keys = (entries: Iterable<readonly [string, number]>): string =>
        [...entries].map(([key, value]) => key + value).join(' ');
      expect(keys(plain().all())).toBe('a2 b1 c2 d2 e2 é1');
      expect(keys(plain().range('b', 'd'))).toBe('b1 c2 d2');
      expect(keys(plain().range(null, 'b'))).toBe('a2 b1');
      expect(keys(plain().range('d', null))).toBe('d2 e2 é1');
      expect(keys(plain().reverseRange('b', 'e'))).toBe('e2 d2 c2 b1');
      expect(keys(plain().reverseRange(null, null))).toBe('é1 e2 d2 c2 b1 a2');
      expect(keys(plain().range('x', 'b'))).toBe('');
      expect(plain().approximateNumEntries()).toBe(6);
    });

    it('scans by the prefix of the serialised key', async () => {
      put({ 'a-1': 1, 'a-2': 2, b: 3 });
      await commit();
      put({ 'a-3': 4, 'a-1': null });
      expect([...plain().prefixScan(Buffer.from('a-'))]).toEqual([
        ['a-2', 2],
        ['a-3', 4],
      ]);
    });

    it('reads thousands of entries in one scan', async () => {
      for (let i = 0; i < 3000; i++) plain().put(`key-${String(i).padStart(5, '0')}`, i);
      await commit();
      const values = [...plain().all()].map(([, value]) => value);
      expect(values).toEqual(Array.from({ length: 3000 }, (_, i) => i));
    });

    it('an iterator may be closed before its end, and the store be used while it is open', async () => {
      put({ a: 1, b: 2, c: 3 });
      await commit();
      const iterator = plain().all();
      expect(iterator.next().value).toEqual(['a', 1]);
      plain().put('d', 4);
      await commit();
      expect(iterator.next().value).toEqual(['b', 2]);
      iterator.close();
      expect(iterator.next().done).toBe(true);
    });

    it('keeps the time of the record beside the value', async () => {
      timed().put('a', 5, recordAt(1700));
      expect(timed().getWithTimestamp('a')).toEqual({ value: 5, timestamp: 1700 });
      await commit();
      expect(timed().getWithTimestamp('a')).toEqual({ value: 5, timestamp: 1700 });
      expect(timed().timestampOf('a')).toBe(1700);
      expect(timed().timestampOf('b')).toBe(-1);
      timed().put('a', null, recordAt(1800));
      expect(timed().getWithTimestamp('a')).toBeNull();
      expect(timed().timestampOf('a')).toBe(-1);
    });

    it('forgets on rollback what was not committed', async () => {
      put({ a: 1 });
      await commit();
      put({ a: 2, b: 2 });
      harness.state.flush();
      put({ c: 3 });
      harness.state.rollback();
      expect([...plain().all()]).toEqual([['a', 1]]);
      expect([plain().get('a'), plain().get('b'), plain().get('c')]).toEqual([1, null, null]);
    });

    it('finds the last commit after a crash, or nothing where it was in memory', async () => {
      put({ a: 1, b: 1 });
      await commit();
      put({ a: 2, b: null, c: 2 });
      harness.state.flush();
      await harness.crash();
      const expected = variant.onDisk && persistent ? [['a', 1], ['b', 1]] : []; // prettier-ignore
      expect([...plain().all()]).toEqual(expected);
    });

    it('writes the changelog as Kafka Streams does: key, plain value, time of the record', () => {
      timed().put('a', 5, recordAt(1700));
      timed().put('b', 6, recordAt(1701));
      timed().put('b', null, recordAt(1702));
      harness.state.flush();
      const last = new Map(harness.log.map((record) => [record.key.toString(), record]));
      expect(last.get('a')).toMatchObject({ store: 'timed', value: serdes.int64.serialize('', 5), timestamp: 1700 });
      expect(last.get('b')).toMatchObject({ value: null, timestamp: 1702 });
    });

    it('refuses to work once it is closed', async () => {
      const store = plain();
      await harness.state.close();
      expect(store.open).toBe(false);
      expect(() => store.get('a')).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
      expect(() => store.put('a', 1)).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
      expect(() => store.all()).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }));
    });
  });
}
