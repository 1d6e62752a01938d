import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Windowed } from '../../core/serde.ts';
import { serdes } from '../../serdes/serdes.ts';
import type { SessionStore } from '../../state/store.ts';
import { openStateHarness, recordAt, storeSpec, type StateHarness, type StoreVariant } from './stores.ts';

/** What a session store promises, for one way of making it. Sessions are kept for 100 ms. */
export function sessionStoreContract(variant: StoreVariant): void {
  describe(`session store, ${variant.title}`, () => {
    let harness: StateHarness;
    let expired: number;
    const store = (): SessionStore<string, number> => harness.state.store('store');

    beforeEach(async () => {
      expired = 0;
      harness = await openStateHarness({
        specs: [
          storeSpec({
            kind: 'session',
            key: serdes.string,
            value: serdes.int64,
            persistent: variant.persistent,
            cached: variant.cached,
            retentionMs: 100,
          }),
        ],
        onDisk: variant.onDisk,
        cacheMaxBytes: variant.cacheMaxBytes,
        overrides: { expired: () => void expired++ },
      });
    });
    afterEach(() => harness.close());

    const put = (key: string, start: number, end: number, value: number | null): void =>
      store().put({ key, window: { start, end } }, value, recordAt(end));
    const commit = async (): Promise<void> => {
      harness.state.flush();
      await harness.state.commit(new Map());
    };
    const show = (entries: Iterable<readonly [Windowed<string>, number]>): string =>
      [...entries].map(([{ key, window }, value]) => `${key}[${window.start},${window.end}]=${value}`).join(' ');

    it('fetches one session of one key, before and after a commit', async () => {
      put('a', 10, 15, 1);
      put('a', 30, 30, 2);
      put('b', 10, 15, 3);
      for (let round = 0; round < 2; round++) {
        expect(store().fetchSession('a', 10, 15)).toBe(1);
        expect(store().fetchSession('a', 30, 30)).toBe(2);
        expect(store().fetchSession('b', 10, 15)).toBe(3);
        expect(store().fetchSession('a', 10, 16)).toBeNull();
        expect(store().fetchSession('c', 10, 15)).toBeNull();
        await commit();
      }
    });

    it('finds the sessions of a key that end late and start early enough, in both directions', async () => {
      put('a', 10, 20, 1);
      put('a', 40, 50, 2);
      put('aa', 40, 50, 9);
      await commit();
      put('a', 70, 80, 3);
      expect(show(store().findSessions('a', 20, 40))).toBe('a[10,20]=1 a[40,50]=2');
      expect(show(store().findSessions('a', 21, 69))).toBe('a[40,50]=2');
      expect(show(store().findSessions('a', 51, 69))).toBe('');
      expect(show(store().backwardFindSessions('a', 20, 70))).toBe('a[70,80]=3 a[40,50]=2 a[10,20]=1');
      expect(show(store().fetch('a'))).toBe('a[10,20]=1 a[40,50]=2 a[70,80]=3');
      expect(show(store().backwardFetch('aa'))).toBe('aa[40,50]=9');
    });

    it('reads a range of keys by key, and all keys by the end of their sessions', async () => {
      put('b', 10, 20, 1);
      put('a', 15, 20, 2);
      await commit();
      put('a', 30, 40, 3);
      put('c', 30, 35, 4);
      expect(show(store().fetchRange('a', 'b'))).toBe('a[15,20]=2 a[30,40]=3 b[10,20]=1');
      expect(show(store().fetchRange(null, null))).toBe('a[15,20]=2 a[30,40]=3 b[10,20]=1 c[30,35]=4');
      expect(show(store().findSessionsByEnd(20, 35))).toBe('b[10,20]=1 a[15,20]=2 c[30,35]=4');
      expect(show(store().findSessionsByEnd(21, 34))).toBe('');
    });

    it('removes a session', async () => {
      put('a', 10, 20, 1);
      put('a', 50, 60, 2);
      await commit();
      store().remove({ key: 'a', window: { start: 10, end: 20 } }, recordAt(61));
      expect(show(store().fetch('a'))).toBe('a[50,60]=2');
      await commit();
      expect(show(store().findSessionsByEnd(0, 1000))).toBe('a[50,60]=2');
    });

    it('hides sessions past the retention from readers by key; those by end see them until they are deleted', async () => {
      put('a', 10, 20, 1);
      put('b', 110, 120, 2);
      // With write-back they see them too, as in Kafka Streams' cache.
      const { writeBack } = store();
      expect(store().fetchSession('a', 10, 20)).toBe(writeBack ? 1 : null);
      expect(show(store().fetch('a'))).toBe(writeBack ? 'a[10,20]=1' : '');
      expect(show(store().fetchRange(null, null))).toBe(writeBack ? 'a[10,20]=1 b[110,120]=2' : 'b[110,120]=2');
      expect(show(store().findSessionsByEnd(0, 1000))).toBe('a[10,20]=1 b[110,120]=2');
      put('b', 200_000, 200_000, 3);
      await commit();
      expect(show(store().findSessionsByEnd(0, 1000))).toBe('');
      put('a', 10, 20, 1);
      expect(expired).toBe(1);
    });

    it('finds the last commit after a crash, stream time included', async () => {
      put('a', 5, 8, 1);
      put('a', 60_100, 60_110, 2);
      await commit();
      put('a', 60_100, 60_150, 3);
      harness.state.flush();
      await harness.crash();
      const kept = variant.onDisk && variant.persistent;
      expect(show(store().fetch('a'))).toBe(kept ? 'a[60100,60110]=2' : '');
      put('a', 5, 8, 4);
      expect(show(store().fetch('a'))).toBe(kept ? 'a[60100,60110]=2' : 'a[5,8]=4');
    });

    it('writes the changelog as Kafka Streams does: key, end, start; plain value; the time of the record', () => {
      store().put({ key: 'ab', window: { start: 0x0102, end: 0x0304 } }, 7, recordAt(1700));
      harness.state.flush();
      expect(harness.log).toHaveLength(1);
      expect(harness.log[0]?.key.toString('hex')).toBe('616200000000000003040000000000000102');
      expect(harness.log[0]).toMatchObject({ value: serdes.int64.serialize('', 7), timestamp: 1700 });
    });

    it('is what its changelog says after a restore', async () => {
      put('a', 10, 20, 1);
      put('b', 10, 30, 2);
      put('a', 10, 20, null);
      harness.state.flush();
      const log = [...harness.log];
      await harness.state.wipe('store');
      harness.state.restore('store', log);
      await harness.state.restored('store', log.length);
      expect(show(store().fetchRange(null, null))).toBe('b[10,30]=2');
      put('c', 5, 60_140, 3);
      expect(show(store().fetchRange(null, null))).toBe('c[5,60140]=3');
    });

    it('forgets on rollback what was not committed', async () => {
      put('a', 10, 20, 1);
      await commit();
      put('a', 10, 25, 2);
      store().remove({ key: 'a', window: { start: 10, end: 20 } }, recordAt(25));
      put('b', 500, 500, 3);
      harness.state.rollback();
      expect(show(store().fetchRange(null, null))).toBe('a[10,20]=1');
    });
  });
}
