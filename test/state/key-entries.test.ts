import { describe, expect, it } from 'vitest';
import { CacheBudget, EntryCache } from '../../src/state/entry-cache.ts';
import { EntriesByKey } from '../../src/state/key-entries.ts';

function cacheOf(maxBytes: number) {
  const cache = new EntryCache<string, number>(new CacheBudget(maxBytes), () => undefined);
  const entries = new EntriesByKey<string, number>();
  const add = (key: string, start: number) => {
    const entry = cache.create(start, entries.of(key), key, start);
    cache.add(entry, 0);
    cache.shrink(entry);
    return entry;
  };
  return { cache, entries, add };
}

describe('EntriesByKey', () => {
  it('finds each window of each key, and no other', () => {
    const { entries, add } = cacheOf(1_000_000);
    const made = ['a', 'b'].flatMap((key) => [1, 2, 3].map((start) => add(key, start)));
    const found = ['a', 'b'].flatMap((key) => [1, 2, 3].map((start) => entries.of(key).get(start)));
    expect(found).toEqual(made);
    expect(entries.of('a').get(4)).toBeUndefined();
    expect(entries.of('c').get(1)).toBeUndefined();
  });

  it('loses the windows that are removed, first, middle and last, and finds those that come again', () => {
    const { cache, entries, add } = cacheOf(1_000_000);
    const made = [1, 2, 3].map((start) => add('a', start));
    for (const [i, entry] of made.entries()) {
      cache.remove(entry);
      expect([1, 2, 3].map((start) => entries.of('a').get(start) === undefined)).toEqual([0, 1, 2].map((j) => j <= i));
    }
    const again = add('a', 2);
    entries.of('b');
    expect(entries.of('a').get(2)).toBe(again);
  });

  it('finds the same of a key that was looked for while it had none', () => {
    const { entries, add } = cacheOf(1_000_000);
    const before = entries.of('a');
    const entry = add('a', 1);
    entries.of('b');
    expect([before.get(1), entries.of('a').get(1)]).toEqual([entry, entry]);
  });

  it('forgets the keys of evicted entries, which serve other keys', () => {
    const { cache, entries, add } = cacheOf(200);
    const made = new Set(Array.from({ length: 1_000 }, (_, i) => add(`key-${i}`, i)));
    expect(made.size).toBeLessThan(10);
    expect(entries.of('key-999').get(999)?.key).toBe('key-999');
    expect(entries.of('key-1').get(1)).toBeUndefined();
    cache.clear();
    expect(entries.of('key-999').get(999)).toBeUndefined();
  });
});
