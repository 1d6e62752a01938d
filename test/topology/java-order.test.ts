import { describe, expect, it } from 'vitest';
import { hashOrder } from '../../src/topology/hash-order.ts';
import { TreeSet } from '../../src/topology/tree-set.ts';

describe('the order of Java', () => {
  it('of a HashSet of strings is that of their hash buckets', () => {
    // "Aa" and "BB" have the same hash code, 2112: bucket 0 of 16, in the order they were added.
    expect(hashOrder(['b', 'a', 'Aa', 'BB', 'b'])).toEqual(['Aa', 'BB', 'a', 'b']);
  });

  it('of a TreeSet with a steady order is the sorted one, without repetition', () => {
    const set = new TreeSet<number>((one, other) => one - other);
    const numbers = Array.from({ length: 200 }, (_, i) => (i * 73) % 127);
    for (const number of numbers) set.add(number);
    expect(set.items()).toEqual([...new Set(numbers)].sort((one, other) => one - other));
  });
});
