import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockUnder, TaskHolds } from '../../../src/runtime/threads/task-holds.ts';

describe('TaskHolds', () => {
  it('lets the next thread wait until the task is released, in order', async () => {
    const holds = new TaskHolds();
    await holds.acquire('0_0', 'a');
    await holds.acquire('0_1', 'b');
    const got: string[] = [];
    const b = holds.acquire('0_0', 'b').then(() => got.push('b'));
    const c = holds.acquire('0_0', 'c').then(() => got.push('c'));
    holds.release('0_0', 'b');
    expect(got).toEqual([]);
    holds.release('0_0', 'a');
    await b;
    expect(got).toEqual(['b']);
    holds.release('0_0', 'b');
    await c;
    expect(got).toEqual(['b', 'c']);
  });

  it('frees what a thread held, and refuses what it waits for, when it has ended', async () => {
    const holds = new TaskHolds();
    await holds.acquire('0_0', 'a');
    await holds.acquire('0_1', 'b');
    const [waiting, next] = [holds.acquire('0_1', 'a'), holds.acquire('0_0', 'b')];
    holds.end('a');
    await expect(waiting).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
    await next;
  });

  it('says who keeps a task for too long, as something that may pass', async () => {
    const holds = new TaskHolds();
    await holds.acquire('0_0', 'thread-1');
    await expect(holds.acquire('0_0', 'b', 5)).rejects.toMatchObject({
      code: 'STATE_DIR_LOCKED',
      retriable: true,
      message: expect.stringContaining('thread-1'),
    });
    // Who gave up is not in the way of others.
    const c = holds.acquire('0_0', 'c');
    holds.release('0_0', 'thread-1');
    await c;
  });

  it('locks a folder under its hold, so that two threads never have it at once', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'holds-'));
    const holds = new TaskHolds();
    const of = (owner: string) =>
      lockUnder(
        (task) => holds.acquire(task, owner),
        (task) => holds.release(task, owner),
      );
    const first = await of('a')(join(dir, '0_0'));
    let locked = false;
    const second = of('b')(join(dir, '0_0')).then((lock) => {
      locked = true;
      return lock;
    });
    expect(locked).toBe(false);
    await first.release();
    await (await second).release();
    expect(locked).toBe(true);
    await rm(dir, { recursive: true });
  });
});
