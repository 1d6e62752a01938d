import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/core/clock.ts';
import { AppHealth } from '../../src/runtime/app-health.ts';
import type { AppStatus } from '../../src/runtime/app-status.ts';

function make() {
  const clock = new ManualClock();
  const now = {
    state: 'RUNNING' as AppStatus['state'],
    error: null as string | null,
    connected: true,
    loopAt: 0 as number | null,
    unopened: [] as AppStatus['unopened'],
    threads: [] as AppStatus['threads'],
    task: { position: 5, lag: 0, delayed: 0, restoreRemaining: 0 },
  };
  const status = (): AppStatus => ({
    applicationId: 'app',
    state: now.state,
    error: now.error,
    restarts: 0,
    lag: now.task.lag,
    paused: false,
    repeatedFailure: null,
    threads: now.threads,
    standbys: [],
    unopened: now.unopened,
    tasks: [
      {
        id: '0_0',
        topics: [{ topic: 'in', partition: 0, position: now.task.position, committed: null, lag: now.task.lag }],
        lag: now.task.lag,
        delayed: now.task.delayed,
        retriesPaused: false,
        processed: 0,
        sent: 0,
        restored: 0,
        restoreRemaining: now.task.restoreRemaining,
        restoring: [],
        commits: 0,
        inFlight: 0,
        uncommitted: false,
        dropped: {},
        stores: [],
        sizes: [],
      },
    ],
  });
  const health = new AppHealth({
    config: { clock, maxPollIntervalMs: 300_000, stuckAfterMs: 60_000 },
    status,
    connected: () => now.connected,
    loopAt: () => now.loopAt,
  });
  return { clock, now, health };
}

describe('the readiness of an application', () => {
  it('says what it waits for while it rebalances, restores, or starts again', () => {
    const { now, health } = make();
    expect(health.ready()).toEqual({ ready: true });
    now.state = 'REBALANCING';
    expect(health.ready()).toEqual({ ready: false, reason: 'rebalancing' });
    now.error = 'no leader';
    expect(health.ready()).toEqual({ ready: false, reason: 'starting again after a failure: no leader' });
    now.task.restoreRemaining = 1_234;
    expect(health.ready()).toEqual({
      ready: false,
      reason: 'restoring 1 of 1 tasks, 1234 changelog offsets left',
    });
    now.state = 'PENDING_SHUTDOWN';
    expect(health.ready()).toEqual({ ready: false, reason: 'the application is PENDING_SHUTDOWN' });
  });

  it('names a task that cannot be opened, and why', () => {
    const { now, health } = make();
    now.state = 'REBALANCING';
    now.unopened = [
      { id: '0_1', standby: true, error: 'no space', times: 9, forMs: 9_000 },
      { id: '0_2', standby: false, error: 'its folder is in use', times: 3, forMs: 1_400 },
    ];
    expect(health.ready()).toEqual({
      ready: false,
      reason: 'task 0_2 cannot be opened for 1 s, it is tried again: its folder is in use',
    });
    // A standby that is not there holds nothing up.
    now.unopened = now.unopened.slice(0, 1);
    now.state = 'RUNNING';
    expect(health.ready()).toEqual({ ready: true });
  });

  it('needs what worker threads ask for themselves', () => {
    const { now, health } = make();
    const thread = { name: 'thread-2', state: 'RUNNING', tasks: [] } as const;
    now.threads = [
      { name: 'thread-1', state: 'RUNNING', tasks: [], unready: [] },
      { ...thread, unready: [{ name: 'enricher: API', reason: 'its circuit breaker is open' }] },
    ];
    expect(health.ready()).toEqual({ ready: false, reason: 'enricher: API: its circuit breaker is open (thread-2)' });
    now.threads = [{ ...thread, unready: [] }];
    expect(health.ready()).toEqual({ ready: true });
  });

  it('needs a broker that answers', () => {
    const { now, health } = make();
    now.connected = false;
    expect(health.ready()).toEqual({ ready: false, reason: 'no broker answers' });
  });

  it('ends when a task that is behind does not move', () => {
    const { clock, now, health } = make();
    now.task.lag = 7;
    expect(health.ready()).toEqual({ ready: true });
    clock.advance(59_999);
    expect(health.ready()).toEqual({ ready: true });
    clock.advance(1);
    expect(health.ready()).toEqual({
      ready: false,
      reason: 'task 0_0 has not moved for 60 s, and is 7 records behind',
    });
    now.task.position++;
    expect(health.ready()).toEqual({ ready: true });
  });

  it('does not end for a task with nothing to do, or whose records wait for their time', () => {
    const { clock, now, health } = make();
    expect(health.ready()).toEqual({ ready: true });
    clock.advance(600_000);
    expect(health.ready()).toEqual({ ready: true });
    now.task.lag = 3;
    now.task.delayed = 3;
    clock.advance(600_000);
    expect(health.ready()).toEqual({ ready: true });
    // Its time has come: from now on it has to move.
    now.task.delayed = 0;
    clock.advance(59_999);
    expect(health.ready()).toEqual({ ready: true });
  });
});

describe('the liveness of an application', () => {
  it('ends when it has failed, or when its loop stands still for longer than a poll may take', () => {
    const { clock, now, health } = make();
    clock.advance(300_000);
    expect(health.live()).toEqual({ ready: true });
    clock.advance(1_000);
    expect(health.live()).toEqual({ ready: false, reason: 'the stream thread has stood still for 301 s' });
    now.loopAt = null;
    expect(health.live()).toEqual({ ready: true });
    now.state = 'ERROR';
    now.error = 'broken';
    expect(health.live()).toEqual({ ready: false, reason: 'broken' });
  });
});
