import { describe, expect, it } from 'vitest';
import { Quotas } from '../../../src/runtime/group/quotas.ts';

/** Fills all seats, the last first, and answers the loads. */
function filled(loads: readonly number[], count: number): number[] {
  const quotas = new Quotas(loads, count);
  const result = [...loads];
  let left = count;
  for (let seat = loads.length - 1; seat >= 0; seat--) {
    while (quotas.hasRoom(seat)) {
      quotas.take(seat);
      result[seat] = (result[seat] ?? 0) + 1;
      left--;
    }
  }
  expect(left).toBe(0);
  return result;
}

describe('Quotas', () => {
  it.each([
    [[0, 0, 0], 7, [2, 2, 3]],
    [[5, 0, 0], 4, [5, 2, 2]],
    [[5, 0, 0], 5, [5, 2, 3]],
    [[5, 4, 4], 2, [5, 5, 5]],
    [[3, 3], 0, [3, 3]],
    [[10, 0], 4, [10, 4]],
    [[0], 3, [3]],
  ])('bring loads of %j with %i more to %j', (loads, count, result) => {
    expect(filled(loads, count)).toEqual(result);
  });
});
