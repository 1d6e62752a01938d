import { existsSync } from 'node:fs';
import { Level } from 'level';
import { levelError } from './level-errors.ts';
import { sizeOnDisk } from './size-on-disk.ts';

/** Entries that are looked at to tell how large one is; a store with fewer is counted. */
const SAMPLED_ENTRIES = 10_000;

/** A look into a database that nobody has open. */
export interface MeasuredDatabase {
  get(key: Buffer): Buffer | undefined;
  /** Bytes and keys of [from, to): exact below 10,000 keys, else estimated from the size of the first ones. */
  measure(
    from: Buffer,
    to: Buffer,
  ): Promise<{ readonly bytes: number; readonly keys: number; readonly exact: boolean }>;
  close(): Promise<void>;
}

/**
 * Opens a database for {@link MeasuredDatabase}; null when there is none. Call under the folder's lock: opening repairs what a
 * crash left half written, as every start does.
 * @throws STATE_DIR_LOCKED, STATE_CORRUPT
 */
export async function measureDatabase(location: string): Promise<MeasuredDatabase | null> {
  if (!existsSync(location)) return null;
  const db = new Level<Buffer, Buffer>(location, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    createIfMissing: false,
  });
  try {
    await db.open();
  } catch (error) {
    throw levelError(error, location);
  }
  return {
    get: (key) => db.getSync(key),
    measure: async (from, to) => {
      let keys = 0;
      let bytes = 0;
      for await (const [key, value] of db.iterator({ gte: from, lt: to, limit: SAMPLED_ENTRIES, fillCache: false })) {
        keys++;
        bytes += key.length + value.length;
      }
      if (keys < SAMPLED_ENTRIES) return { bytes, keys, exact: true };
      const estimated = Math.max(bytes, await sizeOnDisk(db, from, to));
      return { bytes: estimated, keys: Math.round(estimated / (bytes / keys)), exact: false };
    },
    close: () => db.close(),
  };
}
