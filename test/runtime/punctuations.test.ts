import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/core/clock.ts';
import { Punctuations } from '../../src/runtime/punctuations.ts';

const plain = (run: () => void): void => run();

describe('punctuations', () => {
  it('fire by stream time with the first record, then at the multiples of the interval, once for several missed', () => {
    const punctuations = new Punctuations(new ManualClock());
    const fired: number[] = [];
    punctuations.schedule(10, 'STREAM_TIME', (now) => fired.push(now), plain);
    for (const time of [3, 5, 9, 10, 19, 47, 49, 50]) punctuations.punctuateStream(time);
    expect(fired).toEqual([3, 10, 47, 50]);
  });

  it('fire by the wall clock after an interval', () => {
    const clock = new ManualClock(1_000);
    const punctuations = new Punctuations(clock);
    const fired: number[] = [];
    punctuations.schedule(100, 'WALL_CLOCK_TIME', (now) => fired.push(now), plain);
    expect(punctuations.nextWall()).toBe(1_100);
    clock.advance(99);
    expect(punctuations.wallDue).toBe(false);
    clock.advance(1);
    expect(punctuations.wallDue).toBe(true);
    punctuations.punctuateWall();
    expect(fired).toEqual([1_100]);
    expect(punctuations.nextWall()).toBe(1_200);
  });

  it('stop when cancelled, also from within the callback', () => {
    const punctuations = new Punctuations(new ManualClock());
    let count = 0;
    const schedule = punctuations.schedule(
      1,
      'STREAM_TIME',
      () => (++count === 2 ? schedule.cancel() : undefined),
      plain,
    );
    for (let time = 0; time < 5; time++) punctuations.punctuateStream(time);
    expect(count).toBe(2);
    expect(punctuations.hasStream).toBe(false);
  });
});
