import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { StreamsError } from '../../core/errors.ts';
import type { DirectoryLock } from '../directory-lock.ts';
import { fullDiskError, levelError } from './level-errors.ts';

/**
 * Locks a folder for this process. The lock is the operating system's lock on a file (that of an empty LevelDB in
 * `.lock`), so it ends with the process in every case, kill -9 included, and no process id that was given to another
 * process can be mistaken for an owner. The owner's process id stands beside it, for the message only.
 * @throws STATE_DIR_LOCKED naming the folder, the owner where it is known, and what to do; STATE_WRITE_FAILED
 */
export async function lockStateDirectory(dir: string): Promise<DirectoryLock> {
  const lockDir = join(dir, '.lock');
  const ownerFile = join(lockDir, 'OWNER');
  await mkdir(lockDir, { recursive: true }).catch((error: unknown) => {
    throw fullDiskError(error, dir) ?? error;
  });
  const lock = new Level(lockDir);
  try {
    await lock.open();
  } catch (error) {
    const mapped = levelError(error, dir);
    if (mapped.code !== 'STATE_DIR_LOCKED') throw mapped;
    const owner = await readFile(ownerFile, 'utf8').catch(() => '');
    throw new StreamsError(
      'STATE_DIR_LOCKED',
      `the state folder ${dir} is in use by ${owner === '' ? 'another process' : `process ${owner}`}: stop it, or give this one another state folder`,
      { cause: error },
    );
  }
  await writeFile(ownerFile, String(process.pid)).catch((error: unknown) => {
    // The name is for people; where the disk is full, the lock holds without it.
    if (fullDiskError(error, dir) === null) throw error;
  });
  return { dir, release: () => lock.close() };
}
