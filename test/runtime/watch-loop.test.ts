import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchLoop } from '../../src/runtime/watch-loop.ts';

const MAX_MS = 8_000;

describe('watchLoop', () => {
  let loopAt: number | null = 0;
  let told: number[] = [];
  let end: () => void = () => undefined;

  beforeEach(() => {
    vi.useFakeTimers({ now: 0, toFake: ['setInterval', 'clearInterval', 'Date'] });
    [loopAt, told] = [0, []];
    end = watchLoop({
      maxPollIntervalMs: MAX_MS,
      now: () => Date.now(),
      loopAt: () => loopAt,
      onStanding: (ms) => told.push(ms),
    });
  });
  afterEach(() => {
    end();
    vi.useRealTimers();
  });

  it('tells once of a turn that does not end, and again of a later one', () => {
    vi.advanceTimersByTime(MAX_MS + 1_000);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual([MAX_MS + 2_000]);
    loopAt = Date.now();
    vi.advanceTimersByTime(60_000);
    expect(told.length).toBe(2);
  });

  it('says nothing of a loop that comes round, nor of one that waits for its group', () => {
    for (let i = 0; i < 20; i++) {
      vi.advanceTimersByTime(MAX_MS - 500);
      loopAt = Date.now();
    }
    loopAt = null;
    vi.advanceTimersByTime(10 * MAX_MS);
    expect(told).toEqual([]);
  });

  it('gives the loop of a process that was stopped a chance to come round', () => {
    vi.setSystemTime(100_000);
    vi.advanceTimersByTime(1_000);
    loopAt = Date.now();
    vi.advanceTimersByTime(MAX_MS - 1_000);
    expect(told).toEqual([]);
  });

  it('is silent once it is ended', () => {
    end();
    vi.advanceTimersByTime(10 * MAX_MS);
    expect(told).toEqual([]);
  });
});
