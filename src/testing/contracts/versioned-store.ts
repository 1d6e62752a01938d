import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serdes } from '../../serdes/serdes.ts';
import type { VersionedKeyValueStore } from '../../state/store.ts';
import { openStateHarness, recordAt, storeSpec, type StateHarness, type StoreVariant } from './stores.ts';

/** What a versioned store promises, for one way of making it. A history of 100 ms. */
export function versionedStoreContract(variant: StoreVariant): void {
  describe(`versioned store, ${variant.title}`, () => {
    let harness: StateHarness;
    let expired: number;
    const store = (): VersionedKeyValueStore<string, string> => harness.state.store('store');
    const put = (key: string, value: string | null, time: number): void => store().put(key, value, recordAt(time));

    beforeEach(async () => {
      expired = 0;
      harness = await openStateHarness({
        specs: [
          storeSpec({
            kind: 'versioned',
            key: serdes.string,
            value: serdes.string,
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

    it('answers what held at a time, whatever the order of the writes', () => {
      put('k', 'c', 30);
      put('k', 'a', 10);
      put('k', 'b', 20);
      expect(store().get('k')).toBe('c');
      expect([5, 10, 19, 20, 30, 99].map((time) => store().getAsOf('k', time)?.value ?? null)).toEqual([
        null,
        'a',
        'a',
        'b',
        'c',
        'c',
      ]);
      expect(store().getAsOf('k', 15)).toEqual({ value: 'a', timestamp: 10, validTo: 20 });
      expect(store().getAsOf('k', 30)).toEqual({ value: 'c', timestamp: 30, validTo: null });
    });

    it('keeps a deletion as a version, and what was before it', () => {
      put('k', 'a', 10);
      put('k', null, 20);
      expect(store().get('k')).toBeNull();
      expect(store().getWithTimestamp('k')).toBeNull();
      expect(store().getAsOf('k', 19)?.value).toBe('a');
      expect(store().getAsOf('k', 20)).toBeNull();
      expect(store().getVersions('k', 0, 50)).toEqual([{ value: 'a', timestamp: 10, validTo: 20 }]);
    });

    it('replaces the version of the same time', () => {
      put('k', 'a', 10);
      put('k', 'b', 10);
      expect(store().getVersions('k', 0, 50)).toEqual([{ value: 'b', timestamp: 10, validTo: null }]);
    });

    it('forgets history past the retention, but never the latest version', () => {
      put('k', 'a', 10);
      put('k', 'b', 20);
      put('other', 'x', 120);
      expect(store().getAsOf('k', 20)?.value).toBe('b');
      put('other', 'y', 500);
      expect(store().getAsOf('k', 19)).toBeNull();
      expect(store().getAsOf('k', 20)?.value).toBe('b');
      expect(store().get('k')).toBe('b');
    });

    it('drops and reports what is older than its history', () => {
      put('k', 'a', 200);
      put('k', 'late', 99);
      put('k', 'in time', 100);
      expect(expired).toBe(1);
      expect(store().getAsOf('k', 150)?.value).toBe('in time');
      expect(harness.log).toHaveLength(2);
    });

    it('tells its listener the latest value before, and whether the new one is the latest', () => {
      const told: unknown[] = [];
      store().onFlush((key, now, before, _record, latest) => told.push([key, now, before, latest]), true);
      put('k', 'b', 20);
      put('k', 'a', 10);
      put('k', null, 30);
      expect(told).toEqual([
        ['k', 'b', null, true],
        ['k', 'a', 'b', false],
        ['k', null, 'b', true],
      ]);
    });

    it('logs each version with its own time, and is the same once restored from that', async () => {
      put('k', 'b', 20);
      put('k', 'a', 10);
      put('k', null, 30);
      put('late', 'x', 140);
      const copy = await openStateHarness({
        specs: [storeSpec({ kind: 'versioned', key: serdes.string, value: serdes.string, retentionMs: 100 })],
        onDisk: variant.onDisk,
        cacheMaxBytes: variant.cacheMaxBytes,
      });
      try {
        expect(harness.log.map(({ timestamp }) => timestamp)).toEqual([20, 10, 30, 140]);
        copy.state.restore('store', harness.log.slice(0, 2));
        copy.state.restore('store', harness.log.slice(2));
        await copy.state.restored('store', 4);
        const restored = copy.state.store<VersionedKeyValueStore<string, string>>('store');
        expect(restored.getVersions('k', 0, 200)).toEqual(store().getVersions('k', 0, 200));
        expect(restored.get('late')).toBe('x');
        restored.put('k', 'too late', recordAt(39));
        expect(restored.getAsOf('k', 45)).toBeNull();
      } finally {
        await copy.close();
      }
    });

    it('has after a crash what was committed', async () => {
      put('k', 'a', 10);
      put('k', 'b', 20);
      harness.state.flush();
      await harness.state.commit(new Map());
      put('k', 'c', 30);
      await harness.crash();
      const kept = variant.onDisk && variant.persistent;
      expect(
        store()
          .getVersions('k', 0, 50)
          .map(({ value }) => value),
      ).toEqual(kept ? ['b', 'a'] : []);
    });
  });
}
