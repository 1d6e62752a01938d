import { describe, expect, it } from 'vitest';

import { Health } from '../../src/observe/health.ts';

describe('Health', () => {
  it('is well when there is nothing to check', () => {
    expect(new Health().ready()).toEqual({ ok: true, checks: [] });
  });

  it('names every condition that is not met, with its reason', () => {
    const health = new Health();
    health.readiness('kafka', () => ({ ready: true }));
    health.readiness('api', () => ({ ready: false, reason: 'the circuit is open' }));
    expect(health.ready()).toEqual({
      ok: false,
      checks: [
        { name: 'kafka', ok: true },
        { name: 'api', ok: false, reason: 'the circuit is open' },
      ],
    });
    expect(health.live().ok).toBe(true);
  });

  it('takes a check that throws for one that failed', () => {
    const health = new Health();
    health.readiness('odd', () => {
      throw new Error('no idea');
    });
    expect(health.ready().checks).toEqual([{ name: 'odd', ok: false, reason: 'no idea' }]);
  });

  it('is not ready when it is not live', () => {
    const health = new Health();
    health.liveness('stage', () => ({ ready: false, reason: 'failed' }));
    expect(health.ready().ok).toBe(false);
  });

  it('forgets a condition that was taken away', () => {
    const health = new Health();
    const remove = health.readiness('api', () => ({ ready: false, reason: 'x' }));
    remove();
    expect(health.ready().ok).toBe(true);
  });
});
