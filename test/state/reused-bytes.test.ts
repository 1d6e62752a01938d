import { expect, it } from 'vitest';
import { ReusedBytes } from '../../src/state/reused-bytes.ts';

it('gives room of each length, short ones in the same bytes', () => {
  const reused = new ReusedBytes();
  const lengths = [0, 1, 8, 511, 512, 513, 100_000, 8];
  expect(lengths.map((length) => reused.take(length).length)).toEqual(lengths);
  const first = reused.take(4).fill(1);
  reused.take(3).fill(2);
  expect([...first]).toEqual([2, 2, 2, 1]);
});
