import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serdes } from '../../../src/index.ts';
import { silentLogger } from '../../../src/observe/logger.ts';
import { RUNNING } from '../../../src/runtime/group/assignor.ts';
import { TaskOffsets } from '../../../src/runtime/group/task-offsets.ts';
import { lockUnder, TaskHolds } from '../../../src/runtime/threads/task-holds.ts';
import { lockStateDirectory } from '../../../src/state/level/lock-state-directory.ts';
import { openTaskState } from '../../../src/state/open-task-state.ts';
import type { TaskState } from '../../../src/state/task-state.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'offsets-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const store = (name: string) => ({
  name,
  kind: 'timestampedKeyValue' as const,
  key: serdes.string,
  value: serdes.string,
  cached: false,
  logged: true,
  persistent: true,
  logConfig: {},
});

const open = (id: string, clusterId = 'c'): Promise<TaskState> =>
  openTaskState({
    taskId: id,
    dir: join(dir, id),
    specs: [store('one'), store('two')],
    cacheMaxBytes: 0,
    changelog: null,
    identity: { clusterId, changelogIds: { one: null, two: null } },
  });

async function stored(id: string, one: number, two: number): Promise<TaskState> {
  const state = await open(id);
  await state.restored('one', one);
  await state.restored('two', two);
  return state;
}

describe('TaskOffsets', () => {
  it('are those of tasks that run, of open stores, and of what is on disk, read again when it has changed', async () => {
    const local = ['0_0', '0_1', '0_2'];
    await (await stored('0_0', 10, 5)).close();
    const standby = await stored('0_1', 7, 0);
    const offsets = new TaskOffsets({
      dir,
      localTasks: () => local,
      lock: lockStateDirectory,
      running: () => ['0_2'],
      open: () => [['0_1', standby] as const],
      logger: silentLogger,
    });
    await offsets.look('c');
    expect(Object.fromEntries(offsets.now())).toEqual({ '0_0': 15, '0_1': 7, '0_2': RUNNING });
    await (await stored('0_0', 100, 5)).close();
    await standby.restored('two', 3);
    await offsets.look('c');
    expect(Object.fromEntries(offsets.now())).toEqual({ '0_0': 105, '0_1': 10, '0_2': RUNNING });
    await standby.close();
  });

  it('say nothing of state that somebody else has open, of another cluster, without a position, or that is broken', async () => {
    const used = await stored('0_0', 10, 5);
    await (await stored('0_1', 10, 5)).close();
    await (await open('0_1', 'another')).close();
    await (await open('0_2')).close();
    await (await stored('0_3', 10, 5)).close();
    const database = join(dir, '0_3', 'db');
    for (const file of await readdir(database)) {
      if (file.startsWith('MANIFEST')) await writeFile(join(database, file), 'nonsense');
    }
    await mkdir(join(dir, '0_4'));
    const offsets = new TaskOffsets({
      dir,
      localTasks: () => ['0_0', '0_1', '0_2', '0_3', '0_4'],
      lock: lockStateDirectory,
      running: () => [],
      open: () => [],
      logger: silentLogger,
    });
    await offsets.look('c');
    expect(offsets.now().size).toBe(0);
    await used.close();
    await offsets.look('c');
    expect(Object.fromEntries(offsets.now())).toEqual({ '0_0': 15 });
  });

  it('look into no task that another thread of the process has or is about to open, and let it open what they look into', async () => {
    await (await stored('0_0', 10, 5)).close();
    const holds = new TaskHolds();
    const under = (owner: string) =>
      lockUnder(
        (task, patienceMs) => holds.acquire(task, owner, patienceMs),
        (task) => holds.release(task, owner),
      );
    const nothing = { localTasks: () => ['0_0'], running: () => [], open: () => [], logger: silentLogger };
    const offsets = new TaskOffsets({ ...nothing, dir, lock: under('a') });
    await holds.acquire('0_0', 'b');
    await offsets.look('c');
    expect(offsets.now().size).toBe(0);
    holds.release('0_0', 'b');
    // Both at the same time, over and over: the one that opens waits, and never finds the folder locked.
    for (let i = 0; i < 20; i++) {
      const looking = new TaskOffsets({ ...nothing, dir, lock: under('a') }).look('c');
      const lock = await under('b')(join(dir, '0_0'));
      await Promise.all([looking, lock.release()]);
    }
  });
});
