import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StreamsError } from '../core/errors.ts';
import { createOrderedReader } from './create-ordered-reader.ts';
import type { DirectoryLock } from './directory-lock.ts';
import { lockStateDirectory } from './level/lock-state-directory.ts';
import { openLevelBacking } from './level/open-level-backing.ts';
import { metaKey, readMeta, readNumber, STATE_FORMAT } from './meta.ts';

/**
 * The changelog positions that the state in a task's folder includes, by store; none where the state is of another cluster
 * or format. null: it cannot be told now, since the folder is in use.
 * @throws STATE_CORRUPT
 */
export async function readTaskPositions(
  dir: string,
  clusterId: string,
  lockFolder: (dir: string) => Promise<DirectoryLock> = lockStateDirectory,
): Promise<ReadonlyMap<string, number> | null> {
  const database = join(dir, 'db');
  if (!existsSync(database)) return new Map();
  try {
    const lock = await lockFolder(dir);
    try {
      // Nothing is read in order here, so the reader never starts a thread.
      const backing = await openLevelBacking(database, createOrderedReader());
      try {
        const meta = readMeta(backing);
        if (meta === null || meta.format !== STATE_FORMAT || meta.clusterId !== clusterId) return new Map();
        const positions = new Map<string, number>();
        for (const store of Object.keys(meta.stores)) {
          const position = readNumber(backing, metaKey('position', store));
          if (position !== undefined) positions.set(store, position);
        }
        return positions;
      } finally {
        await backing.close();
      }
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (error instanceof StreamsError && error.code === 'STATE_DIR_LOCKED') return null;
    throw error;
  }
}
