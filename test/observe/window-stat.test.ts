import { describe, expect, it } from 'vitest';

import { ManualClock } from '../../src/core/clock.ts';
import { RecordingTime, WindowStat } from '../../src/observe/window-stat.ts';

describe('WindowStat', () => {
  const make = () => {
    const clock = new ManualClock(1_000_000);
    const time = new RecordingTime(clock);
    return { clock, time, stat: new WindowStat(time) };
  };

  it('has no value before the first', () => {
    const { stat } = make();
    expect([stat.avg, stat.min, stat.max]).toEqual([NaN, NaN, NaN]);
  });

  it('weighs a mean of several with their number', () => {
    const { stat } = make();
    stat.record(10);
    stat.record(1, 9);
    expect([stat.avg, stat.min, stat.max]).toEqual([1.9, 1, 10]);
  });

  it('forgets what is older than two windows', () => {
    const { clock, time, stat } = make();
    stat.record(100);
    clock.advance(30_000);
    time.refresh();
    stat.record(50);
    expect([stat.avg, stat.max]).toEqual([75, 100]);
    clock.advance(30_000);
    expect([stat.avg, stat.max]).toEqual([50, 50]);
    clock.advance(60_000);
    expect([stat.avg, stat.max]).toEqual([NaN, NaN]);
  });
});
