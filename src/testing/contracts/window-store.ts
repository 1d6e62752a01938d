import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Windowed } from '../../core/serde.ts';
import { serdes } from '../../serdes/serdes.ts';
import type { TimestampedWindowStore } from '../../state/store.ts';
import { openStateHarness, recordAt, storeSpec, type StateHarness, type StoreVariant } from './stores.ts';

/** What a window store promises, for one way of making it. Windows of 10 ms, kept for 100 ms. */
export function windowStoreContract(variant: StoreVariant): void {
  describe(`window store, ${variant.title}`, () => {
    let harness: StateHarness;
    let expired: number;
    const store = (): TimestampedWindowStore<string, number> => harness.state.store('store');

    beforeEach(async () => {
      expired = 0;
      harness = await openStateHarness({
        specs: [
          storeSpec({
            kind: 'timestampedWindow',
            key: serdes.string,
            value: serdes.int64,
            persistent: variant.persistent,
            cached: variant.cached,
            windowSizeMs: 10,
            retentionMs: 100,
          }),
        ],
        onDisk: variant.onDisk,
        cacheMaxBytes: variant.cacheMaxBytes,
        overrides: { expired: () => void expired++ },
      });
    });
    afterEach(() => harness.close());

    const commit = async (): Promise<void> => {
      harness.state.flush();
      await harness.state.commit(new Map());
    };
    const show = (entries: Iterable<readonly [Windowed<string>, number]>): string =>
      [...entries].map(([{ key, window }, value]) => `${key}[${window.start},${window.end})=${value}`).join(' ');

    it('fetches one window of one key, before and after a commit', async () => {
      store().put('a', 1, 10, recordAt(12));
      store().put('a', 2, 20, recordAt(25));
      store().put('b', 3, 20, recordAt(26));
      for (let round = 0; round < 2; round++) {
        expect(store().fetch('a', 10)).toBe(1);
        expect(store().fetch('a', 20)).toBe(2);
        expect(store().fetch('a', 30)).toBeNull();
        expect(store().fetch('c', 20)).toBeNull();
        expect(store().fetchWithTimestamp('b', 20)).toEqual({ value: 3, timestamp: 26 });
        await commit();
      }
    });

    it('reads the windows of a key, and of all keys, in the order of time', async () => {
      store().put('a', 1, 10, recordAt(12));
      store().put('aa', 2, 10, recordAt(12));
      store().put('b', 3, 20, recordAt(26));
      await commit();
      store().put('a', 4, 20, recordAt(26));
      store().put('a', 5, 30, recordAt(36));
      expect(show(store().fetchRange('a', 0, 20))).toBe('a[10,20)=1 a[20,30)=4');
      expect(show(store().fetchRange('a', 15, 1e15))).toBe('a[20,30)=4 a[30,40)=5');
      expect(show(store().fetchAll(10, 20))).toBe('a[10,20)=1 aa[10,20)=2 a[20,30)=4 b[20,30)=3');
      expect(show(store().fetchAll(40, 5))).toBe('');
    });

    it('finds the windows of a key among many others, wherever its bytes are in the order', async () => {
      const keys = Array.from({ length: 300 }, (_, i) => `key-${i}`);
      for (const start of [0, 10, 30, 60, 70]) {
        for (const key of keys) if (key !== 'key-7' || start !== 30) store().put(key, start, start, recordAt(start));
        if (start === 30) await commit();
      }
      await commit();
      for (const key of ['key-0', 'key-150', 'key-99', 'key-299']) {
        expect([...store().fetchRange(key, 0, 60)].map(([, value]) => value)).toEqual([0, 10, 30, 60]);
      }
      expect([...store().fetchRange('key-7', 5, 100)].map(([, value]) => value)).toEqual([10, 60, 70]);
      expect([...store().fetchRange('key', 0, 100)]).toEqual([]);
      expect([...store().fetchRange('a', 0, 100)]).toEqual([]);
      expect([...store().fetchRange('zzz', 0, 100)]).toEqual([]);
    });

    it('deletes a window with null', async () => {
      store().put('a', 1, 10, recordAt(12));
      await commit();
      store().put('a', null, 10, recordAt(13));
      expect(store().fetch('a', 10)).toBeNull();
      await commit();
      expect(show(store().fetchAll(0, 1000))).toBe('');
    });

    it('drops and counts writes to windows past the retention, and no longer shows those', async () => {
      store().put('a', 1, 59_990, recordAt(59_992));
      store().put('a', 2, 60_000, recordAt(60_002));
      await commit();
      // With write-back, windows go once their segment of a minute is past the retention.
      const next = store().writeBack ? 60_100 : 60_090;
      store().put('a', 3, next, recordAt(next));
      expect(store().fetch('a', 59_990)).toBeNull();
      expect(store().fetch('a', 60_000)).toBe(2);
      const rest = `a[60000,60010)=2 a[${next},${next + 10})=3`;
      expect(show(store().fetchAll(0, 100_000))).toBe(rest);
      store().put('a', 9, 59_990, recordAt(next));
      expect(expired).toBe(1);
      await commit();
      await commit();
      expect(show(store().fetchRange('a', 0, 100_000))).toBe(rest);
    });

    it('finds the last commit after a crash, stream time included', async () => {
      store().put('a', 1, 59_990, recordAt(59_992));
      store().put('a', 2, 60_100, recordAt(60_102));
      await commit();
      store().put('a', 3, 60_200, recordAt(60_200));
      harness.state.flush();
      await harness.crash();
      const kept = variant.onDisk && variant.persistent;
      expect(show(store().fetchAll(0, 100_000))).toBe(kept ? 'a[60100,60110)=2' : '');
      store().put('a', 4, 59_990, recordAt(59_992));
      expect(expired).toBe(kept ? 1 : 0);
    });

    it('writes the changelog as Kafka Streams does: key, start, sequence number; plain value; its time', () => {
      store().put('ab', 7, 0x0102, recordAt(1700));
      harness.state.flush();
      expect(harness.log).toHaveLength(1);
      expect(harness.log[0]?.key.toString('hex')).toBe('6162000000000000010200000000');
      expect(harness.log[0]).toMatchObject({ value: serdes.int64.serialize('', 7), timestamp: 1700 });
    });

    it('forgets on rollback what was not committed, stream time too', async () => {
      store().put('a', 1, 10, recordAt(12));
      await commit();
      store().put('a', 2, 10, recordAt(13));
      store().put('a', 3, 500, recordAt(500));
      harness.state.rollback();
      expect(show(store().fetchAll(0, 1000))).toBe('a[10,20)=1');
      expect(store().fetch('a', 10)).toBe(1);
    });
  });
}
