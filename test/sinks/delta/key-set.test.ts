import { describe, expect, it } from 'vitest';
import { KeyCache } from '../../../src/sinks/delta/key-cache.ts';
import { KeySet } from '../../../src/sinks/delta/key-set.ts';

const keys = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `evt-${from + i}`);

describe('a set of keys', () => {
  it('has what it was made of, and nothing else of 100,000 others', () => {
    const set = KeySet.of(keys(0, 10_000));
    expect(keys(0, 10_000).every((key) => set.has(key))).toBe(true);
    expect(keys(10_000, 110_000).some((key) => set.has(key))).toBe(false);
  });

  it('leaves nulls out', () => {
    expect(KeySet.of(['a', null, 'b']).size).toBe(2);
  });

  it('meets another where they have one key in common, whichever is larger', () => {
    const large = KeySet.of(keys(0, 1_000));
    expect(large.meets(KeySet.of(['x', 'evt-999']))).toBe(true);
    expect(KeySet.of(['x', 'evt-0']).meets(large)).toBe(true);
    expect(large.meets(KeySet.of(['x', 'y']))).toBe(false);
    expect(large.meets(KeySet.of([]))).toBe(false);
    expect(KeySet.of([]).meets(KeySet.of([]))).toBe(false);
  });

  it('is put together, and has others taken out', () => {
    const all = KeySet.union([KeySet.of(keys(0, 10)), KeySet.of(keys(10, 20)), KeySet.of([])]);
    expect(keys(0, 20).every((key) => all.has(key))).toBe(true);
    const rest = all.without(KeySet.of(keys(5, 15)));
    expect(keys(0, 20).filter((key) => rest.has(key))).toEqual([...keys(0, 5), ...keys(15, 20)]);
  });

  it('takes eight bytes a key', () => {
    expect(KeySet.of(keys(0, 1_000)).bytes).toBe(8_000);
  });
});

describe('the cache of keys', () => {
  it('stays below its limit, and forgets first what was not asked for lately', () => {
    const cache = new KeyCache(3 * 8_300);
    for (const path of ['a', 'b', 'c']) cache.set(path, KeySet.of(keys(0, 1_000)));
    cache.get('a');
    cache.set('d', KeySet.of(keys(0, 1_000)));
    expect(cache.get('b')).toBeNull();
    expect(['a', 'c', 'd'].map((path) => cache.get(path)?.size)).toEqual([1_000, 1_000, 1_000]);
    expect(cache.bytes).toBeLessThanOrEqual(3 * 8_300);
    cache.delete('a');
    expect(cache.bytes).toBe(2 * 8_300);
  });

  it('knows the keys of several files only where it knows those of each', () => {
    const cache = new KeyCache();
    cache.set('a', KeySet.of(['1']));
    cache.set('b', KeySet.of(['2']));
    expect(cache.union(['a', 'b'])?.size).toBe(2);
    expect(cache.union(['a', 'c'])).toBeNull();
  });
});
