import { existsSync, readdirSync, rmSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DirectoryLock } from './directory-lock.ts';
import { lockStateDirectory } from './level/lock-state-directory.ts';

/** What stays of an application's folder when its state goes: the lock, and the id that fences its old transactions. */
const KEPT = new Set(['.lock', 'process-id']);

/** Ids of the tasks that have a folder in an application's state folder, from this run or earlier ones. */
export function localTasks(appDir: string): string[] {
  return existsSync(appDir) ? readdirSync(appDir).filter((name) => /^\d+_\d+$/.test(name)) : [];
}

/** When a task's folder was last written to, in ms since the epoch; 0 when it is not there. */
export async function lastWritten(appDir: string, taskId: string): Promise<number> {
  const dir = join(appDir, taskId);
  let latest = 0;
  for (const part of ['.', '.lock', 'db']) {
    for (const name of await readdir(join(dir, part)).catch((): string[] => [])) {
      const found = await stat(join(dir, part, name)).catch(() => null);
      latest = Math.max(latest, found?.mtimeMs ?? 0);
    }
  }
  return latest;
}

/**
 * Removes the state of a task, under its lock. A later owner restores it from its changelogs.
 * @throws STATE_DIR_LOCKED when the task is open, in this process or another
 */
export async function removeTaskFolder(
  appDir: string,
  taskId: string,
  lockFolder: (dir: string) => Promise<DirectoryLock> = lockStateDirectory,
): Promise<void> {
  const dir = join(appDir, taskId);
  const lock = await lockFolder(dir);
  try {
    for (const name of await readdir(dir)) {
      if (name !== '.lock') await rm(join(dir, name), { recursive: true, force: true });
    }
  } finally {
    await lock.release();
  }
  // In the same turn of the loop: no task of this thread can take the folder in between.
  rmSync(dir, { recursive: true, force: true });
}

/**
 * Removes all local state of an application, under its lock, and answers the names of what there was.
 * @throws STATE_DIR_LOCKED when a process uses it
 */
export async function removeAppState(appDir: string): Promise<string[]> {
  const found = await appStateEntries(appDir);
  if (found.length === 0) return [];
  const lock = await lockStateDirectory(appDir);
  try {
    for (const name of found) await rm(join(appDir, name), { recursive: true, force: true });
  } finally {
    await lock.release();
  }
  return found;
}

/** What {@link removeAppState} would remove. */
export async function appStateEntries(appDir: string): Promise<string[]> {
  const names = await readdir(appDir).catch((): string[] => []);
  return names.filter((name) => !KEPT.has(name)).sort();
}
