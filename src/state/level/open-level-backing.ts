import { Level } from 'level';
import { StreamsError } from '../../core/errors.ts';
import type { Backing, BackingBatch } from '../backing.ts';
import type { OrderedReader } from '../ordered-reader.ts';
import { sizeOnDisk } from './size-on-disk.ts';
import { levelError } from './level-errors.ts';

type Database = Level<Buffer, Buffer>;
type DatabaseBatch = ReturnType<Database['batch']>;
/** Does a write, unless one has failed before. */
type Writing = <T>(write: () => Promise<T>) => Promise<T>;

/** LevelDB's own defaults: a write buffer of 4 MiB, a cache of 8 MiB. */
const MOST_BUFFER_BYTES = 4 << 20;
const DEFAULT_MEMORY_BYTES = 16 << 20;
/** LevelDB takes no less for a write buffer. */
const LEAST_BYTES = 64 << 10;

/**
 * Opens the LevelDB database in a folder. Writes are not synced one by one: after a crash of the process nothing is
 * lost, after a crash of the machine the last commits may be, but always whole ones, the newest first. The changelog
 * then brings them back. `memoryMaxBytes` (default 16 MiB) is for what LevelDB keeps in memory; more than the default is
 * not used. After a write that failed nothing more is written until the database is opened anew: LevelDB would go on
 * behind half a record, and what it writes there may be lost when the log is read.
 * @throws STATE_DIR_LOCKED, STATE_CORRUPT, STATE_WRITE_FAILED
 */
export async function openLevelBacking(
  location: string,
  reader: OrderedReader,
  memoryMaxBytes = DEFAULT_MEMORY_BYTES,
): Promise<Backing> {
  const quarter = Math.max(LEAST_BYTES, Math.floor(memoryMaxBytes / 4));
  // `multithreading` lets the scan thread of this process read the same database; other processes are still kept out.
  const db: Database = new Level(location, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    multithreading: true,
    // One buffer is filled while another is written out; the other half is for blocks that are read.
    writeBufferSize: Math.min(quarter, MOST_BUFFER_BYTES),
    cacheSize: Math.min(2 * quarter, 2 * MOST_BUFFER_BYTES),
  });
  try {
    await db.open();
  } catch (error) {
    throw levelError(error, location);
  }
  const isEmpty = async (from: Buffer, to: Buffer): Promise<boolean> => {
    const found = await db.keys({ gte: from, lt: to, limit: 1, fillCache: false }).all();
    return found.length === 0;
  };
  let failed: StreamsError | null = null;
  const writing: Writing = async (write) => {
    if (failed !== null) throw failed;
    try {
      return await write();
    } catch (error) {
      failed ??= levelError(error, location);
      throw failed;
    }
  };
  return {
    durable: true,
    get: (key) => {
      try {
        return db.getSync(key);
      } catch (error) {
        throw readError(error, location);
      }
    },
    scan: (range) => reader.scan(location, range),
    batch: () => new LevelBatch(db, writing),
    isEmpty: async (from, to) => {
      try {
        return await isEmpty(from, to);
      } catch (error) {
        throw levelError(error, location);
      }
    },
    deleteRange: (from, to, limit) =>
      writing(async () => {
        await db.clear({ gte: from, lt: to, limit });
        return !(await isEmpty(from, to));
      }),
    sizeOf: (from, to) => sizeOnDisk(db, from, to),
    close: async () => {
      reader.release(location);
      await db.close();
    },
  };
}

function readError(error: unknown, location: string): StreamsError {
  const { code } = error as { code?: string };
  if (code !== 'LEVEL_DATABASE_NOT_OPEN') return levelError(error, location);
  return new StreamsError('STORE_CLOSED', `the state in ${location} was closed`, { cause: error });
}

class LevelBatch implements BackingBatch {
  readonly #batch: DatabaseBatch;
  readonly #writing: Writing;

  constructor(db: Database, writing: Writing) {
    this.#batch = db.batch();
    this.#writing = writing;
  }

  put(key: Buffer, value: Buffer): void {
    this.#batch.put(key, value);
  }

  delete(key: Buffer): void {
    this.#batch.del(key);
  }

  write(): Promise<void> {
    return this.#writing(() => this.#batch.write());
  }
}
