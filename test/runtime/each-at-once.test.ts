import { expect, it } from 'vitest';
import { eachAtOnce } from '../../src/runtime/each-at-once.ts';

it('does a few at the same time, waits for those after a failure, and begins no more', async () => {
  const done: number[] = [];
  let at = 0;
  let most = 0;
  const work = async (item: number): Promise<void> => {
    most = Math.max(most, ++at);
    await Promise.resolve();
    at--;
    if (item === 3) throw new Error('three');
    done.push(item);
  };
  await eachAtOnce([1, 2], 2, work);
  expect(done).toEqual([1, 2]);
  await expect(eachAtOnce([1, 3, 4, 5, 6, 7, 8], 2, work)).rejects.toThrow('three');
  expect([most, done.length < 7]).toEqual([2, true]);
});
