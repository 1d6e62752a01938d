import { expect, it } from 'vitest';
import { SortedKeys } from '../../src/state/sorted-keys.ts';

it('finds neighbours like a sorted array does, over adds and deletes in any order', () => {
  const keys = new SortedKeys(['k500', 'k1', 'k999']);
  const expected = new Set(['k500', 'k1', 'k999']);
  let state = 7;
  for (let i = 0; i < 5_000; i++) {
    state = (state * 48271) % 2147483647;
    const key = `k${state % 2000}`;
    if (state % 3 === 0) {
      keys.delete(key);
      expected.delete(key);
    } else {
      keys.add(key);
      expected.add(key);
    }
  }
  const sorted = [...expected].sort();
  const forwards: string[] = [];
  for (let at = keys.atOrAfter('', false); at !== undefined; at = keys.atOrAfter(at, true)) forwards.push(at);
  const backwards: string[] = [];
  for (let at = keys.before('z'); at !== undefined; at = keys.before(at)) backwards.push(at);
  expect(forwards).toEqual(sorted);
  expect(backwards.reverse()).toEqual(sorted);
  for (const probe of ['', 'k', 'k1', 'k1000', 'k15', 'k9', 'z']) {
    expect(keys.atOrAfter(probe, false)).toBe(sorted.find((key) => key >= probe));
    expect(keys.atOrAfter(probe, true)).toBe(sorted.find((key) => key > probe));
    expect(keys.before(probe)).toBe(sorted.findLast((key) => key < probe));
  }
});

it('says nothing of neighbours when it is empty', () => {
  const keys = new SortedKeys();
  keys.delete('a');
  expect([keys.atOrAfter('', false), keys.before('z')]).toEqual([undefined, undefined]);
});

it('sorts what was added between two reads, few or many at once, each key once', () => {
  const keys = new SortedKeys();
  const expected = new Set<string>();
  let state = 7;
  for (const added of [1, 3, 2_000, 10, 0, 200, 5_000, 1]) {
    for (let i = 0; i < added; i++) {
      state = (state * 48271) % 2147483647;
      keys.add(`k${state % 4_000}`);
      expected.add(`k${state % 4_000}`);
    }
    const found: string[] = [];
    for (let at = keys.atOrAfter('', false); at !== undefined; at = keys.atOrAfter(at, true)) found.push(at);
    expect(found).toEqual([...expected].sort());
  }
});
