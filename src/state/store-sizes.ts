import type { TaskStore } from './task-store.ts';
import { storePrefix } from './store-prefix.ts';

/** What a store takes. */
export interface StoreSize {
  readonly store: string;
  /**
   * Bytes of its files, as of a few seconds ago; null for a store in memory, and before it was first looked at. What was
   * committed last is not in files yet: up to 4 MiB for each task.
   */
  readonly diskBytes: number | null;
  /** Bytes written since the last commit, an estimate. */
  readonly uncommittedBytes: number;
}

type Sized = Pick<TaskStore, 'number' | 'backing'> & {
  readonly core: { readonly writes: { readonly bytes: number }; readonly cache: { readonly dirtyBytes: number } };
};

/** Nobody asks the database more often than this, however often somebody looks. */
const MEASURE_EVERY_MS = 10_000;

/** Knows about how large stores are. The database is asked when somebody looks, and what it said last is answered at once. */
export class StoreSizes {
  readonly #stores: ReadonlyMap<string, Sized>;
  readonly #now: () => number;
  readonly #onDisk = new Map<string, number | null>();
  #measuredAt = -Infinity;
  #measuring: Promise<void> | null = null;
  #closed = false;

  /** @param now monotone ms */
  constructor(stores: ReadonlyMap<string, Sized>, now: () => number = () => performance.now()) {
    this.#stores = stores;
    this.#now = now;
  }

  /** Of all stores. */
  get all(): readonly StoreSize[] {
    this.#lookSometimes();
    return Array.from(this.#stores, ([store, { core }]) => ({
      store,
      diskBytes: this.#onDisk.get(store) ?? null,
      uncommittedBytes: core.writes.bytes + core.cache.dirtyBytes,
    }));
  }

  /** Asks no more, and waits for what it has asked. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#measuring;
  }

  #lookSometimes(): void {
    if (this.#closed || this.#measuring !== null || this.#now() - this.#measuredAt < MEASURE_EVERY_MS) return;
    this.#measuredAt = this.#now();
    this.#measuring = this.#measure().finally(() => {
      this.#measuring = null;
    });
  }

  async #measure(): Promise<void> {
    for (const [store, { backing, number }] of this.#stores) {
      if (this.#closed) return;
      // A database that cannot say has other ways of being heard: its next read or write fails.
      const bytes = await backing.sizeOf(storePrefix(number), storePrefix(number + 1)).catch(() => null);
      this.#onDisk.set(store, bytes ?? this.#onDisk.get(store) ?? null);
    }
  }
}
