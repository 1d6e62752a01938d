import { describe, expect, it, vi } from 'vitest';
import { HttpError } from '../../src/http/errors.ts';
import { backoffMs, parseRetryAfter, retry } from '../../src/http/retry.ts';

const NOW = Date.parse('2026-01-03T08:00:00Z');

describe('retry', () => {
  const pauses: number[] = [];
  const sleep = async (ms: number): Promise<void> => void pauses.push(ms);
  const failing = (times: number, error: Error) => {
    let left = times;
    return vi.fn(async () => {
      if (left-- > 0) throw error;
      return 'done';
    });
  };

  it('tries again until the step succeeds, with pauses that double', async () => {
    pauses.length = 0;
    const step = failing(3, new HttpError('transient', 'down'));
    expect(await retry(step, { attempts: 5, baseMs: 100, random: () => 1, sleep })).toBe('done');
    expect(pauses).toEqual([100, 200, 400]);
  });

  it('gives up after the last attempt with its error', async () => {
    const step = failing(9, new HttpError('transient', 'down'));
    await expect(retry(step, { attempts: 3, sleep })).rejects.toThrow('down');
    expect(step).toHaveBeenCalledTimes(3);
  });

  it('does not repeat what cannot succeed', async () => {
    const step = failing(1, new HttpError('permanent', 'wrong'));
    await expect(retry(step, { sleep })).rejects.toThrow('wrong');
    expect(step).toHaveBeenCalledTimes(1);
  });

  it('waits as long as the server asks, but not longer than it may', async () => {
    pauses.length = 0;
    await retry(failing(1, new HttpError('transient', 'busy', { retryAfterMs: 3000 })), { sleep });
    expect(pauses).toEqual([3000]);
    const step = failing(1, new HttpError('transient', 'busy', { retryAfterMs: 60_000 }));
    await expect(retry(step, { sleep, maxRetryAfterMs: 5000 })).rejects.toThrow('busy');
  });

  it('stops at once when its signal is aborted during a pause', async () => {
    const stop = new AbortController();
    const step = failing(9, new HttpError('transient', 'down'));
    const running = retry(step, { attempts: 9, baseMs: 60_000, signal: stop.signal });
    setImmediate(() => stop.abort(new Error('closing')));
    await expect(running).rejects.toThrow(/abort|closing/);
    expect(step).toHaveBeenCalledTimes(1);
  });

  it('keeps its jitter between half and all of the pause', () => {
    expect(backoffMs(3, { baseMs: 100, random: () => 0 })).toBe(200);
    expect(backoffMs(3, { baseMs: 100, random: () => 1 })).toBe(400);
    expect(backoffMs(30, { baseMs: 100, maxMs: 5000, random: () => 1 })).toBe(5000);
  });
});

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Sat, 03 Jan 2026 08:00:30 GMT', 30_000],
    ['Sat, 03 Jan 2026 07:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %s', (header, expected) => {
    expect(parseRetryAfter(header, NOW)).toBe(expected);
  });
});
