import { Level } from 'level';
import { StreamsError } from '../../core/errors.ts';
import type { Backing, BackingBatch } from '../backing.ts';
import type { OrderedReader } from '../ordered-reader.ts';
import { sizeOnDisk } from './size-on-disk.ts';
import { levelError } from './level-errors.ts';

type Database = Level<Buffer, Buffer>;
/** One for a commit, one for each of the stores that are restored. */
const MOST_SPARE_BATCHES = 4;
/** Does a write, unless one has failed before. */
type Writing = <T>(write: () => Promise<T>) => Promise<T>;

/** Twice LevelDB's own write buffer: half as many files to sort into each other, which takes most of a restore's time. */
const MOST_BUFFER_BYTES = 8 << 20;
/** LevelDB's own default. */
const MOST_CACHE_BYTES = 8 << 20;
const DEFAULT_MEMORY_BYTES = 32 << 20;
/** LevelDB takes no less for a write buffer. */
const LEAST_BYTES = 64 << 10;

/**
 * Opens the LevelDB database in a folder. Writes are not synced one by one: after a crash of the process nothing is
 * lost, after a crash of the machine the last commits may be, but always whole ones, the newest first. The changelog
 * then brings them back. `memoryMaxBytes` (default 32 MiB) is for what LevelDB keeps in memory; more than the default is
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
    cacheSize: Math.min(2 * quarter, MOST_CACHE_BYTES),
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
  const spare: LevelBatch[] = [];
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
    batch: () => spare.pop() ?? new LevelBatch(db, writing, spare),
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

const [PUT, DELETE, CLEAR, WRITE] = ['_put', '_del', '_clear', '_write'] as const;

/** What a chained batch calls once it has looked at options, encodings and hooks, of which there are none here. */
interface NativeBatch {
  [PUT](key: Buffer, value: Buffer): void;
  [DELETE](key: Buffer): void;
  [CLEAR](): void;
  [WRITE](options: object): Promise<void>;
}

/**
 * A batch that is used again: LevelDB would keep the bytes of each until the collector finds it, which knows nothing of
 * their size.
 */
class LevelBatch implements BackingBatch {
  readonly #db: Database;
  readonly #batch: NativeBatch;
  readonly #writing: Writing;
  readonly #spare: LevelBatch[];

  constructor(db: Database, writing: Writing, spare: LevelBatch[]) {
    this.#db = db;
    this.#batch = db.batch() as unknown as NativeBatch;
    this.#writing = writing;
    this.#spare = spare;
  }

  put(key: Buffer, value: Buffer): void {
    this.#batch[PUT](key, value);
  }

  delete(key: Buffer): void {
    this.#batch[DELETE](key);
  }

  async write(): Promise<void> {
    await this.#writing(async () => {
      if (this.#db.status !== 'open') throw new Error('the database is closed');
      await this.#batch[WRITE]({});
    });
    this.#batch[CLEAR]();
    if (this.#spare.length < MOST_SPARE_BATCHES) this.#spare.push(this);
  }
}
