import { describe, expect, it } from 'vitest';
import { brokenBounds, type SoakSample, steadyRate } from './soak-bounds.ts';

const bounds = { eventsPerSecond: 1_000, mostLagSeconds: 30, mostGrowth: 1.3 };

/** A sample each 5 s, of an application that is `lag` events behind. */
function samples(lag: (seconds: number) => number, rssMb: (seconds: number) => number = () => 400): SoakSample[] {
  return Array.from({ length: 60 }, (_, i) => {
    const seconds = i * 5;
    return {
      seconds,
      sent: seconds * 1_000,
      through: seconds * 1_000 - lag(seconds),
      rssMb: rssMb(seconds),
      cpuSeconds: 0,
    };
  });
}

describe('the bounds of a soak', () => {
  it('hold where the lag goes up and down, and memory too', () => {
    expect(
      brokenBounds(
        samples(
          (s) => 5_000 + (s % 10) * 400,
          (s) => 400 + (s % 20),
        ),
        bounds,
      ),
    ).toEqual([]);
  });

  it('leave out what happens at the start', () => {
    expect(
      brokenBounds(
        samples((s) => (s < 50 ? 45_000 : 5_000)),
        bounds,
      ),
    ).toEqual([]);
  });

  it('are broken by a lag that grows, before it is too large', () => {
    expect(
      brokenBounds(
        samples((s) => 2_000 + s * 80),
        bounds,
      ),
    ).toEqual(['lag: 25600 events in the last third, 12800 in the first']);
  });

  it('are broken by a lag that is level and too large', () => {
    expect(
      brokenBounds(
        samples(() => 31_000),
        bounds,
      ),
    ).toEqual(['lag: 31000 events, more than those of 30 s']);
  });

  it('are broken by memory that grows', () => {
    expect(
      brokenBounds(
        samples(
          () => 1_000,
          (s) => 300 + s * 2,
        ),
        bounds,
      ),
    ).toEqual(['memory: 890 MB in the second half, 650 MB in the first']);
  });
});

describe('the rate of the steady part', () => {
  it('leaves the start and the end out', () => {
    const slow = (i: number): number => (i < 10 ? 0 : Math.min(10_000, (i - 10) * 500));
    const all = Array.from({ length: 60 }, (_, i) => {
      return { seconds: i, sent: 10_000, through: slow(i), rssMb: 0, cpuSeconds: 0 };
    });
    expect(steadyRate(all, 10_000)).toBe(500);
  });

  it('is 0 where it never got that far', () => {
    expect(steadyRate([{ seconds: 1, sent: 10, through: 1, rssMb: 0, cpuSeconds: 0 }], 10)).toBe(0);
  });
});
