import { describe, expect, it } from 'vitest';
import { HeadOrder } from '../../src/runtime/head-order.ts';
import type { PartitionQueue } from '../../src/runtime/partition-queue.ts';

/** A partition, of which the order looks at the first record only. */
class Head {
  readonly name: string;
  ready = true;
  notBefore = 0;
  record: { timestamp: number } | null;

  constructor(name: string, timestamp: number) {
    this.name = name;
    this.record = { timestamp };
  }
}

function order(...heads: readonly Head[]): HeadOrder {
  const made = new HeadOrder(heads as unknown as readonly PartitionQueue[]);
  made.offerReady();
  return made;
}

/** Takes all, each with one record only. */
function taken(from: HeadOrder): string[] {
  const names: string[] = [];
  for (let first = from.first; first !== undefined; first = from.first) {
    from.take(first);
    names.push((first as unknown as Head).name);
  }
  return names;
}

describe('HeadOrder', () => {
  it('has the oldest first, and those that are as old in the order of the heap', () => {
    expect(taken(order(new Head('a', 7), new Head('b', 5), new Head('c', 5), new Head('d', 5)))).toEqual([
      'b',
      'd',
      'c',
      'a',
    ]);
  });

  it('leaves out what has no record, or one that has to wait', () => {
    const empty = new Head('empty', 1);
    empty.ready = false;
    const delayed = new Head('delayed', 1);
    delayed.notBefore = 50;
    expect(taken(order(empty, delayed, new Head('a', 7)))).toEqual(['a']);
  });

  it('is made anew when the first record of a partition is another one than it was', () => {
    const [a, b] = [new Head('a', 3), new Head('b', 5)];
    const made = order(a, b);
    a.record = { timestamp: 9 };
    expect(made.firstAt(5)).toBe(b);
    b.ready = false;
    expect(made.firstAt(9)).toBe(a);
  });

  it('forgets its order when another partition is taken than the first one', () => {
    const [a, b] = [new Head('a', 5), new Head('b', 5)];
    const made = order(a, b);
    made.take(b as unknown as PartitionQueue);
    b.ready = false;
    made.offerReady();
    expect(taken(made)).toEqual(['a']);
  });
});
