import type { Headers } from '../core/record.ts';
import type { DirectoryLock } from './directory-lock.ts';
import type { Logger } from '../observe/logger.ts';
import type { OrderedReader } from './ordered-reader.ts';
import type { StateStore } from './store.ts';
import type { ChangelogWriter } from './store.ts';
import type { StoreSize } from './store-sizes.ts';
import type { StoreSpec } from './store-spec.ts';

export interface TaskStateOptions {
  readonly taskId: string;
  /** The task's folder; null keeps everything in memory (the test driver, the simulation). */
  readonly dir: string | null;
  readonly specs: readonly StoreSpec[];
  /** Locks the folder (default: for this process; threads of one process agree among themselves first). */
  readonly lock?: (dir: string) => Promise<DirectoryLock>;
  /** For the write-back caches of this task's stores together. */
  readonly cacheMaxBytes: number;
  /** What the database under the stores may keep in memory (default, and most that is used: 16 MiB). */
  readonly memoryMaxBytes?: number;
  /** null: nothing is logged. */
  readonly changelog: ChangelogWriter | null;
  /** What the state belongs to: state of another cluster, or of a changelog topic made anew under the same name, is wiped. */
  readonly identity: StateIdentity;
  /** The time of the record in hand, for the changelog records of plain key-value stores (default: the wall clock). */
  readonly recordTimestamp?: () => number;
  /** Told of each write to a window store that was dropped because its window is past the retention. */
  readonly expired?: (store: string) => void;
  /** Shared by the tasks of a stream thread, which stops it after them (default: one of its own). */
  readonly reader?: OrderedReader;
  /** Told why state was wiped. */
  readonly logger?: Logger;
}

export interface StateIdentity {
  readonly clusterId: string;
  /** Topic id of each store's changelog, where the broker tells it. */
  readonly changelogIds: Readonly<Record<string, string | null>>;
}

/**
 * The stores of one task, and the one database under them. Writes stay in memory, visible to reads, until {@link commit}
 * puts them on disk in one atomic batch with the changelog positions that include them. A crash therefore finds the
 * state of the last commit, never more.
 */
export interface TaskState {
  /** @throws STORE_UNKNOWN */
  store<S extends StateStore = StateStore>(name: string): S;
  /** For each logged store the changelog offset that its state on disk includes (the next one to read); absent: none. */
  readonly positions: ReadonlyMap<string, number>;
  /** Applies changelog records; their effect is on disk after the next {@link restored}. */
  restore(store: string, records: readonly ChangelogRecord[]): void;
  /** Puts restored records on disk with their position. */
  restored(store: string, nextOffset: number): Promise<void>;
  /** Throws away what a store has, on disk too: its changelog no longer reaches back to its position. */
  wipe(store: string): Promise<void>;
  /**
   * Writes the caches through: to the changelog and, for stores with a flush listener, downstream. Stores that get new
   * writes by this are flushed in turn, until none is dirty.
   */
  flush(): void;
  /** Reads of a store that its cache answered, and those that went below it. @throws STORE_UNKNOWN */
  cacheUse(store: string): { readonly hits: number; readonly misses: number };
  /** Bytes written since the last commit, an estimate; the task commits early when they are many. */
  readonly uncommittedBytes: number;
  /** What each store takes. */
  readonly sizes: readonly StoreSize[];
  /**
   * Writes everything since the last commit, and the positions, in one atomic batch. Call after `flush` and after Kafka's
   * commit. @throws STATE_WRITE_FAILED when the disk is full: nothing of it is applied, and the state has to be opened anew
   */
  commit(positions: ReadonlyMap<string, number>): Promise<void>;
  /** Forgets everything since the last commit. */
  rollback(): void;
  /** Closes without committing. */
  close(): Promise<void>;
}

export interface ChangelogRecord {
  readonly key: Buffer;
  readonly value: Buffer | null;
  readonly timestamp: number;
  readonly headers: Headers;
}
