import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/core/clock.ts';
import { StreamsError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import { TaskRetries } from '../../src/runtime/task-retries.ts';

const passing = new StreamsError('REGISTRY_UNAVAILABLE', 'no answer', { topic: 'in' });

describe('TaskRetries', () => {
  const clock = new ManualClock();
  const retries = new TaskRetries({ taskId: '0_1', timeoutMs: 1_000, clock, logger: silentLogger });

  it('tries again what may pass, and says TASK_TIMEOUT with the cause after the time-out', async () => {
    let tries = 0;
    await retries.run('a look-up', async () => {
      if (++tries < 3) throw passing;
    });
    expect(tries).toBe(3);
    const failing = retries.run('a look-up', async () => {
      clock.advance(600);
      throw passing;
    });
    await expect(failing).rejects.toMatchObject({
      code: 'TASK_TIMEOUT',
      retriable: false,
      coordinates: { topic: 'in', task: '0_1' },
      cause: passing,
      message: expect.stringContaining('a look-up'),
    });
  });

  it('passes on at once what will not pass', async () => {
    let tries = 0;
    const failing = retries.run('a look-up', async () => {
      tries++;
      throw new StreamsError('SCHEMA_INVALID', 'no');
    });
    await expect(failing).rejects.toMatchObject({ code: 'SCHEMA_INVALID' });
    expect(tries).toBe(1);
  });

  it('ends a back-off when the task is closed', async () => {
    const closing = new TaskRetries({
      taskId: '0_1',
      timeoutMs: 60_000,
      clock: new ManualClock(),
      logger: silentLogger,
    });
    let tries = 0;
    const failing = closing.run('a look-up', async () => {
      tries++;
      throw passing;
    });
    const ended = failing.catch((error: unknown) => error);
    await Promise.resolve();
    closing.close();
    expect(await ended).toBe(passing);
    expect(tries).toBe(1);
  });
});
