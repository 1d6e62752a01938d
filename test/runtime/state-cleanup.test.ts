import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import { StateCleanup } from '../../src/runtime/state-cleanup.ts';
import { lockStateDirectory } from '../../src/state/level/lock-state-directory.ts';
import { removeAppState } from '../../src/state/task-folders.ts';

describe('StateCleanup', () => {
  let dir: string;
  const clock = new ManualClock(Date.now());
  const inUse = new Set<string>();

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cleanup-'));
    inUse.clear();
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  /** A task's folder that was last written to long ago. */
  async function folder(task: string, writtenAt = clock.now() - 60_000): Promise<void> {
    await mkdir(join(dir, task, 'db'), { recursive: true });
    const file = join(dir, task, 'db', '000001.ldb');
    await writeFile(file, 'x');
    for (const path of [file, join(dir, task, 'db')]) await utimes(path, writtenAt / 1000, writtenAt / 1000);
  }

  function cleanup(): StateCleanup {
    const config = { stateCleanupDelayMs: 1_000, clock, logger: silentLogger };
    return new StateCleanup({ dir, config, inUse: (task) => inUse.has(task) });
  }

  it('removes folders of tasks that were not in use for the delay, and nothing else', async () => {
    await folder('0_0');
    await folder('0_1');
    await writeFile(join(dir, 'process-id'), 'id');
    inUse.add('0_0');
    const looks = cleanup();
    expect(await looks.look()).toEqual([]);
    clock.advance(1_000);
    expect(await looks.look()).toEqual(['0_1']);
    expect((await readdir(dir)).sort()).toEqual(['0_0', 'process-id']);
    // The delay of the other one begins when it is given away.
    inUse.clear();
    expect(await looks.look()).toEqual([]);
    clock.advance(1_000);
    expect(await looks.look()).toEqual(['0_0']);
  });

  it('leaves a folder alone that was written to lately, or that somebody has open', async () => {
    await folder('0_0', clock.now() + 1_000);
    await folder('0_1');
    const lock = await lockStateDirectory(join(dir, '0_1'));
    for (const name of await readdir(join(dir, '0_1', '.lock'))) await utimes(join(dir, '0_1', '.lock', name), 0, 0);
    const looks = cleanup();
    await looks.look();
    clock.advance(1_500);
    expect(await looks.look()).toEqual([]);
    await lock.release();
    expect(existsSync(join(dir, '0_1', 'db', '000001.ldb'))).toBe(true);
  });

  it('removes everything of an application but the id that fences its transactions', async () => {
    await folder('0_0');
    await folder('1_0');
    await writeFile(join(dir, 'process-id'), 'id');
    expect(await removeAppState(dir)).toEqual(['0_0', '1_0']);
    expect((await readdir(dir)).sort()).toEqual(['.lock', 'process-id']);
    expect(await removeAppState(join(dir, 'nothing'))).toEqual([]);
  });
});
