import { describe, expect, it } from 'vitest';
import { createLimiter } from '../../src/http/limiter.ts';

describe('the limiter', () => {
  it('never lets more run than it may, and runs all in order', async () => {
    const limiter = createLimiter(3);
    let running = 0;
    let peak = 0;
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        limiter.run(async () => {
          order.push(i);
          peak = Math.max(peak, ++running);
          await new Promise(setImmediate);
          running--;
        }),
      ),
    );
    expect(peak).toBe(3);
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect([limiter.running, limiter.waiting]).toEqual([0, 0]);
  });

  it('gives the place back when a call fails', async () => {
    const limiter = createLimiter(1);
    await expect(limiter.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await limiter.run(async () => 'next')).toBe('next');
  });

  it('lets a caller leave the line', async () => {
    const limiter = createLimiter(1);
    let end: () => void = () => undefined;
    const first = limiter.run(() => new Promise<void>((resolve) => (end = resolve)));
    const stop = new AbortController();
    const second = limiter.run(async () => 'second', stop.signal);
    const third = limiter.run(async () => 'third');
    stop.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    end();
    await first;
    expect(await third).toBe('third');
    expect(limiter.running).toBe(0);
  });
});
