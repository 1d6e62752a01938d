import { StreamsError } from '../core/errors.ts';
import type { Backing, BackingBatch } from './backing.ts';
import { metaKey, numberBytes } from './meta.ts';
import { type StoreSize, StoreSizes } from './store-sizes.ts';
import type { StateStore } from './store.ts';
import type { ChangelogRecord, TaskState } from './task-state.ts';
import type { TaskStore } from './task-store.ts';
import { wipeStore } from './wipe-store.ts';

/** Keys of expired windows that are deleted in one go. */
const EXPIRY_STEP = 5_000;

export interface StoredTaskStateOptions {
  readonly taskId: string;
  readonly stores: ReadonlyMap<string, TaskStore>;
  readonly positions: Map<string, number>;
  /** All that the stores stand on. */
  readonly backings: readonly Backing[];
  /** Run at the end of close. */
  readonly release: () => Promise<void>;
}

/** The state of a task over its backings; made by `openTaskState`. */
export class StoredTaskState implements TaskState {
  readonly positions: Map<string, number>;
  readonly #taskId: string;
  readonly #stores: ReadonlyMap<string, TaskStore>;
  readonly #list: readonly TaskStore[];
  readonly #backings: readonly Backing[];
  readonly #sizes: StoreSizes;
  readonly #release: () => Promise<void>;
  readonly #restoring = new Map<string, BackingBatch>();
  /** Window stores: stream time at the last commit. */
  readonly #committedTimes = new Map<string, number>();
  /** Window stores: below this nothing is on disk any more. */
  readonly #expiredBelow = new Map<string, string>();
  #committing: Promise<void> | null = null;
  #expiring: Promise<void> | null = null;
  #expiryFailure: unknown = null;
  #closed = false;

  constructor(options: StoredTaskStateOptions) {
    this.positions = options.positions;
    this.#taskId = options.taskId;
    this.#stores = options.stores;
    this.#list = [...options.stores.values()];
    this.#backings = options.backings;
    this.#sizes = new StoreSizes(options.stores);
    this.#release = options.release;
    for (const { spec, ...store } of this.#list) {
      const timed = timedOf(store);
      if (timed !== null) this.#committedTimes.set(spec.name, timed.streamTime);
    }
  }

  store<S extends StateStore = StateStore>(name: string): S {
    return this.#find(name).store as S;
  }

  cacheUse(store: string): { readonly hits: number; readonly misses: number } {
    return this.#find(store).core;
  }

  get uncommittedBytes(): number {
    let bytes = 0;
    for (const { core } of this.#list) bytes += core.writes.bytes + core.cache.dirtyBytes;
    return bytes;
  }

  get sizes(): readonly StoreSize[] {
    return this.#sizes.all;
  }

  flush(): void {
    let dirty = true;
    while (dirty) {
      dirty = false;
      for (const { core } of this.#list) {
        if (!core.cache.dirty) continue;
        core.flush();
        dirty = true;
      }
    }
  }

  commit(positions: ReadonlyMap<string, number>): Promise<void> {
    if (this.#closed) return Promise.reject(new StreamsError('STORE_CLOSED', `task ${this.#taskId} is closed`));
    if (this.#committing !== null) {
      return Promise.reject(new StreamsError('ILLEGAL_STATE', `task ${this.#taskId} is committing already`));
    }
    if (this.#expiryFailure !== null) return Promise.reject(this.#expiryFailure);
    // Before the first pause: later writes belong to the next commit.
    for (const { core } of this.#list) core.writes.beginCommit();
    const times = new Map<string, number>();
    for (const { spec, ...store } of this.#list) {
      const timed = timedOf(store);
      if (timed !== null) times.set(spec.name, timed.streamTime);
    }
    this.#committing = this.#write(new Map(positions), times).finally(() => {
      this.#committing = null;
    });
    return this.#committing;
  }

  rollback(): void {
    for (const { core, spec, forget, ...store } of this.#list) {
      core.rollback();
      forget();
      timedOf(store)?.resetTime(this.#committedTimes.get(spec.name) ?? -1);
    }
  }

  restore(store: string, records: readonly ChangelogRecord[]): void {
    const { core, windows, versions, backing, forget } = this.#find(store);
    core.forgetCache();
    forget();
    this.#expiredBelow.delete(store);
    let batch = this.#restoring.get(store);
    if (batch === undefined) {
      batch = backing.batch();
      this.#restoring.set(store, batch);
    }
    for (const record of records) {
      if (versions !== null) {
        versions.restore(batch, record);
        continue;
      }
      const order = core.layout.orderOfChangelogKey(record.key);
      windows?.advanceTo(core.layout.timeOf(order));
      core.writes.writeOne(batch, order, record.value, record.timestamp);
    }
  }

  async restored(store: string, nextOffset: number): Promise<void> {
    const { core, backing, windows, versions, forget } = this.#find(store);
    const timed = timedOf({ windows, versions });
    const batch = this.#restoring.get(store) ?? backing.batch();
    this.#restoring.delete(store);
    batch.put(metaKey('position', store), numberBytes(nextOffset));
    if (timed !== null) {
      batch.put(metaKey('time', store), numberBytes(timed.streamTime));
      this.#committedTimes.set(store, timed.streamTime);
    }
    await batch.write();
    // A reader of a standby may have cached what this batch has just replaced.
    core.forgetCache();
    forget();
    versions?.restored();
    this.positions.set(store, nextOffset);
  }

  async wipe(store: string): Promise<void> {
    const { core, windows, versions, backing, number, forget } = this.#find(store);
    core.rollback();
    forget();
    versions?.restored();
    this.#restoring.delete(store);
    this.positions.delete(store);
    timedOf({ windows, versions })?.resetTime(-1);
    this.#committedTimes.delete(store);
    await wipeStore(backing, store, number);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const { core } of this.#list) {
      core.open = false;
      core.forgetCache();
    }
    // A failed commit was told to whoever asked for it.
    await this.#committing?.catch(() => undefined);
    await this.#expiring;
    await this.#sizes.close();
    for (const backing of this.#backings) await backing.close();
    await this.#release();
  }

  async #write(positions: ReadonlyMap<string, number>, times: ReadonlyMap<string, number>): Promise<void> {
    const batches = new Map<Backing, BackingBatch>(this.#backings.map((backing) => [backing, backing.batch()]));
    try {
      for (const { core, backing, spec, windows } of this.#list) {
        const batch = batches.get(backing);
        if (batch === undefined) continue;
        await core.writes.writeTo(batch, windows?.expiredBelow(times.get(spec.name) ?? -1) ?? '');
        const position = positions.get(spec.name);
        if (position !== undefined) batch.put(metaKey('position', spec.name), numberBytes(position));
        const time = times.get(spec.name);
        if (time !== undefined) batch.put(metaKey('time', spec.name), numberBytes(time));
      }
      // The one on disk, if any, is first: what is in memory changes only when that succeeded.
      for (const batch of batches.values()) await batch.write();
    } catch (error) {
      for (const { core } of this.#list) core.writes.undoCommit();
      throw error instanceof StreamsError ? error.at({ task: this.#taskId }) : error;
    }
    for (const { core } of this.#list) core.writes.endCommit();
    for (const [store, position] of positions) if (this.#stores.has(store)) this.positions.set(store, position);
    for (const [store, time] of times) this.#committedTimes.set(store, time);
    this.#expiring ??= this.#expireAll();
  }

  /** Beside the processing: readers do not see expired windows anyway. What fails here fails the next commit. */
  async #expireAll(): Promise<void> {
    try {
      for (const store of this.#list) await this.#expire(store);
    } catch (error) {
      this.#expiryFailure ??= error;
    } finally {
      this.#expiring = null;
    }
  }

  /** Deletes windows that were past their retention at the last commit. */
  async #expire({ windows, backing, core, spec }: TaskStore): Promise<void> {
    const below = windows?.expiredBelow(this.#committedTimes.get(spec.name) ?? -1) ?? null;
    const done = this.#expiredBelow.get(spec.name);
    if (below === null || below === done) return;
    windows?.forgetExpired();
    // From where the last one ended: LevelDB would look at each key that it deleted and has not compacted yet.
    const from = core.writes.diskBytes(done ?? '');
    const to = core.writes.diskBytes(below);
    let left = true;
    while (left && !this.#closed) left = await backing.deleteRange(from, to, EXPIRY_STEP);
    if (!left) this.#expiredBelow.set(spec.name, below);
  }

  #find(name: string): TaskStore {
    const found = this.#stores.get(name);
    if (found !== undefined) return found;
    const names = [...this.#stores.keys()].join(', ');
    throw new StreamsError('STORE_UNKNOWN', `task ${this.#taskId} has no store ${name}; it has ${names || 'none'}`);
  }
}

/** The stores that have a stream time of their own. */
function timedOf({ windows, versions }: Pick<TaskStore, 'windows' | 'versions'>) {
  return windows ?? versions;
}
