import { describe, expect, it } from 'vitest';
import { serdes } from '../../src/serdes/serdes.ts';
import type { KeyValueStore, TimestampedKeyValueStore, TimestampedWindowStore } from '../../src/state/store.ts';
import {
  openStateHarness,
  recordAt,
  storeSpec,
  storeVariants,
  type StateHarness,
} from '../../src/testing/contracts/stores.ts';

/** Repeatable random numbers (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const specsOf = (variant: (typeof storeVariants)[number]) => {
  const base = { key: serdes.string, value: serdes.int64, persistent: variant.persistent, cached: variant.cached };
  return [
    storeSpec({ ...base, name: 'plain', kind: 'keyValue' }),
    storeSpec({ ...base, name: 'timed', kind: 'timestampedKeyValue' }),
    storeSpec({ ...base, name: 'windows', kind: 'timestampedWindow', windowSizeMs: 10, retentionMs: 1_000_000 }),
  ];
};

/** All that the three stores hold, as one comparable value. */
function contentOf(harness: StateHarness): unknown {
  const { state } = harness;
  const timed = state.store<TimestampedKeyValueStore<string, number>>('timed');
  return {
    plain: [...state.store<KeyValueStore<string, number>>('plain').all()],
    timed: [...timed.all()].map(([key, value]) => [key, value, timed.timestampOf(key)]),
    windows: [...state.store<TimestampedWindowStore<string, number>>('windows').fetchAll(0, 1e9)],
  };
}

function randomOperation(harness: StateHarness, random: (below: number) => number): void {
  const { state } = harness;
  const key = `k${random(30)}`;
  const value = random(5) === 0 ? null : random(1000);
  const record = recordAt(random(10_000));
  switch (random(4)) {
    case 0:
      return state.store<KeyValueStore<string, number>>('plain').put(key, value);
    case 1:
      return state.store<TimestampedKeyValueStore<string, number>>('timed').put(key, value, record);
    case 2:
      return state.store<TimestampedWindowStore<string, number>>('windows').put(key, value, random(20) * 10, record);
    default: {
      const timed = state.store<TimestampedKeyValueStore<string, number>>('timed');
      return timed.put(key, (timed.get(key) ?? 0) + 1, record);
    }
  }
}

describe.each(storeVariants.filter(({ onDisk, persistent }) => onDisk && persistent))('$title', (variant) => {
  const open = () =>
    openStateHarness({ specs: specsOf(variant), onDisk: variant.onDisk, cacheMaxBytes: variant.cacheMaxBytes });

  it.each([1, 2, 3, 4])('a crash after any operations finds the last commit (seed %i)', async (seed) => {
    const random = randomFrom(seed);
    const harness = await open();
    try {
      let committed = contentOf(harness);
      let position = 0;
      for (let round = 0; round < 12; round++) {
        for (let i = random(60); i > 0; i--) randomOperation(harness, random);
        if (random(3) > 0) harness.state.flush();
        if (random(2) === 0) {
          harness.state.flush();
          committed = contentOf(harness);
          position = random(100_000);
          const commit = harness.state.commit(new Map([['timed', position]]));
          for (let i = random(20); i > 0; i--) randomOperation(harness, random);
          await commit;
        }
        if (random(3) === 0) harness.state.rollback();
        else if (random(2) === 0) await harness.crash();
        else continue;
        expect(contentOf(harness)).toEqual(committed);
        expect(harness.state.positions.get('timed') ?? 0).toBe(position);
      }
    } finally {
      await harness.close();
    }
  });

  it.each([5, 6])('a restore from the changelog has the same content (seed %i)', async (seed) => {
    const random = randomFrom(seed);
    const original = await open();
    const restored = await open();
    try {
      for (let round = 0; round < 5; round++) {
        for (let i = 0; i < 100; i++) randomOperation(original, random);
        original.state.flush();
        await original.state.commit(new Map());
      }
      for (const store of ['plain', 'timed', 'windows']) {
        const records = original.log.filter((record) => record.store === store);
        for (let at = 0; at < records.length; at += 40) {
          restored.state.restore(store, records.slice(at, at + 40));
          await restored.state.restored(store, at + 40);
        }
      }
      expect(contentOf(restored)).toEqual(contentOf(original));
      await restored.crash();
      expect(contentOf(restored)).toEqual(contentOf(original));
      expect(restored.log).toEqual([]);
    } finally {
      await original.close();
      await restored.close();
    }
  });
});
