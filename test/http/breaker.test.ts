import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBreaker, type Breaker } from '../../src/http/breaker.ts';
import { HttpError } from '../../src/http/errors.ts';

const down = (): Promise<never> => Promise.reject(new HttpError('transient', 'down'));
const wrong = (): Promise<never> => Promise.reject(new HttpError('permanent', 'wrong'));
const fine = (): Promise<string> => Promise.resolve('fine');

describe('the circuit breaker', () => {
  let changes: string[];
  let breaker: Breaker;
  beforeEach(() => {
    vi.useFakeTimers();
    changes = [];
    breaker = createBreaker({
      name: 'api',
      failureThreshold: 3,
      resetMs: 1000,
      onStateChange: (state, previous) => changes.push(`${previous} to ${state}`),
    });
  });
  afterEach(() => {
    breaker.close();
    vi.useRealTimers();
  });
  const fail = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await expect(breaker.run(down)).rejects.toThrow('down');
  };

  it('opens after so many failures in a row, and then refuses without calling', async () => {
    await fail(3);
    expect(breaker.state).toBe('open');
    const action = vi.fn(fine);
    await expect(breaker.run(action)).rejects.toMatchObject({ kind: 'circuit-open', retriable: true });
    expect(action).not.toHaveBeenCalled();
  });

  it('stays closed when a success comes in between', async () => {
    await fail(2);
    await breaker.run(fine);
    await fail(2);
    expect(breaker.state).toBe('closed');
  });

  it('does not count answers that say no: the service works', async () => {
    for (let i = 0; i < 10; i++) await expect(breaker.run(wrong)).rejects.toThrow('wrong');
    expect(breaker.state).toBe('closed');
  });

  it('lets one call through after the pause, and closes when it succeeds', async () => {
    await fail(3);
    await vi.advanceTimersByTimeAsync(1000);
    expect(breaker.state).toBe('half-open');
    expect(await breaker.run(fine)).toBe('fine');
    expect(breaker.state).toBe('closed');
    expect(changes).toEqual(['closed to open', 'open to half-open', 'half-open to closed']);
  });

  it('lets only one call through while it is half-open', async () => {
    await fail(3);
    await vi.advanceTimersByTimeAsync(1000);
    let end: (value: string) => void = () => undefined;
    const probe = breaker.run(() => new Promise<string>((resolve) => (end = resolve)));
    await expect(breaker.run(fine)).rejects.toMatchObject({ kind: 'circuit-open' });
    end('fine');
    expect(await probe).toBe('fine');
    expect(breaker.state).toBe('closed');
  });

  it('opens again when the one call fails', async () => {
    await fail(3);
    await vi.advanceTimersByTimeAsync(1000);
    await fail(1);
    expect(breaker.state).toBe('open');
    await vi.advanceTimersByTimeAsync(1000);
    expect(breaker.state).toBe('half-open');
  });
});
