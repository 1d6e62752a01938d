import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StreamsError } from '../core/errors.ts';
import { readInt64 } from '../core/int64.ts';
import { lockStateDirectory } from './level/lock-state-directory.ts';
import { measureDatabase, type MeasuredDatabase } from './level/measure-database.ts';
import { META_KEY, metaKey, parseMeta } from './meta.ts';
import { storePrefix } from './store-prefix.ts';
import { lastWritten } from './task-folders.ts';

/** What is in a task's folder. */
export interface TaskFolder {
  readonly task: string;
  /** Of all its files. */
  readonly bytes: number;
  /** Ms since the epoch. */
  readonly writtenAt: number;
  readonly clusterId: string | null;
  /** null: the folder is in use, so that only its files could be looked at. */
  readonly stores: readonly StoreFolder[] | null;
}

export interface StoreFolder {
  readonly name: string;
  readonly kind: string;
  /** Of its keys and values. */
  readonly bytes: number;
  readonly keys: number;
  /** false: estimated from the size of the first 10,000 entries. */
  readonly exact: boolean;
  /** The changelog offset that it includes; null: none. */
  readonly position: number | null;
}

/** Looks at a task's state without changing it, under its lock where that is free. @throws STATE_CORRUPT */
export async function inspectTaskFolder(appDir: string, task: string): Promise<TaskFolder> {
  const dir = join(appDir, task);
  const files = { task, bytes: await sizeOf(join(dir, 'db')), writtenAt: await lastWritten(appDir, task) };
  try {
    const lock = await lockStateDirectory(dir);
    try {
      const database = await measureDatabase(join(dir, 'db'));
      if (database === null) return { ...files, clusterId: null, stores: [] };
      try {
        return { ...files, ...(await read(database)) };
      } finally {
        await database.close();
      }
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (!(error instanceof StreamsError) || error.code !== 'STATE_DIR_LOCKED') throw error;
    return { ...files, clusterId: null, stores: null };
  }
}

async function read(database: MeasuredDatabase): Promise<Pick<TaskFolder, 'clusterId' | 'stores'>> {
  const meta = parseMeta(database.get(META_KEY));
  if (meta === null) return { clusterId: null, stores: [] };
  const stores: StoreFolder[] = [];
  for (const [name, { number, kind }] of Object.entries(meta.stores)) {
    const position = database.get(metaKey('position', name));
    stores.push({
      name,
      kind,
      ...(await database.measure(storePrefix(number), storePrefix(number + 1))),
      position: position === undefined ? null : readInt64(position, 0),
    });
  }
  return { clusterId: meta.clusterId, stores };
}

async function sizeOf(dir: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(dir).catch((): string[] => [])) {
    bytes += (await stat(join(dir, name)).catch(() => null))?.size ?? 0;
  }
  return bytes;
}
