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
