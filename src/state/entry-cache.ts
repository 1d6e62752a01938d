import type { RecordContext } from '../core/record.ts';

/** Estimate of what one entry costs beside its key and value. */
const ENTRY_OVERHEAD_BYTES = 56;

/** What all caches of a task may hold together. */
export class CacheBudget {
  readonly maxBytes: number;
  usedBytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }
}

/** Evicted entries that are kept for the next keys: the collector would have to copy each new one several times. */
const SPARE_ENTRIES = 64;

/** Where the entries of a cache are found: a Map, or the entries of one key. */
export interface EntryHome<K, V> {
  get(id: unknown): CacheEntry<K, V> | undefined;
  set(id: unknown, entry: CacheEntry<K, V>): unknown;
  delete(id: unknown): unknown;
}

/** One key of a cache, with its value as an object. An evicted one is used again for another key. */
export class CacheEntry<K, V> {
  /** The key in {@link home}: the key itself when it is a primitive, else its bytes as latin1; a window's start. */
  id: unknown;
  home: EntryHome<K, V>;
  key: K;
  /** Start of the window; 0 in stores without windows. */
  start: number;
  value: V | null = null;
  timestamp = -1;
  /** Of the last write, while that is dirty. */
  record: RecordContext | null = null;
  dirty = false;
  cached = false;
  bytes = 0;
  /** What the store below has, where that is known without reading it: null or a primitive; see `flushedKnown`. */
  flushed: V | null = null;
  flushedKnown = false;
  newer: CacheEntry<K, V> | null = null;
  older: CacheEntry<K, V> | null = null;
  dirtyBefore: CacheEntry<K, V> | null = null;
  dirtyAfter: CacheEntry<K, V> | null = null;
  /** The next one of the same key, where its home keeps a list. */
  sibling: CacheEntry<K, V> | null = null;

  constructor(id: unknown, home: EntryHome<K, V>, key: K, start: number) {
    this.id = id;
    this.home = home;
    this.key = key;
    this.start = start;
  }
}

/**
 * The cache of one store, clean and dirty entries, in the manner of Kafka Streams' NamedCache: least recently used go
 * first; dirty ones are flushed in the order of their last write; evicting a dirty entry flushes that one first and then
 * all others. Two lists run through the entries, so that no operation allocates.
 */
export class EntryCache<K, V> {
  readonly #budget: CacheBudget;
  readonly #flushEntry: (entry: CacheEntry<K, V>) => void;
  #newest: CacheEntry<K, V> | null = null;
  #oldest: CacheEntry<K, V> | null = null;
  #firstDirty: CacheEntry<K, V> | null = null;
  #lastDirty: CacheEntry<K, V> | null = null;
  readonly #spare: CacheEntry<K, V>[] = [];
  /** How many evictions are under way, one caused by the other. */
  #evicting = 0;
  dirtyBytes = 0;

  constructor(budget: CacheBudget, flushEntry: (entry: CacheEntry<K, V>) => void) {
    this.#budget = budget;
    this.#flushEntry = flushEntry;
  }

  get dirty(): boolean {
    return this.#firstDirty !== null;
  }

  /** An entry for a key that has none; it is not in the cache yet. */
  create(id: unknown, home: EntryHome<K, V>, key: K, start: number): CacheEntry<K, V> {
    const spare = this.#spare.pop();
    // A write to the key that was evicted last has put the entry back.
    if (spare === undefined || spare.cached) return new CacheEntry<K, V>(id, home, key, start);
    spare.id = id;
    spare.home = home;
    spare.key = key;
    spare.start = start;
    spare.value = null;
    spare.timestamp = -1;
    spare.record = null;
    spare.flushed = null;
    spare.flushedKnown = false;
    return spare;
  }

  /** An entry that was used: it will be evicted last. */
  touch(entry: CacheEntry<K, V>): void {
    if (entry === this.#newest || !entry.cached) return;
    this.#unlink(entry);
    this.#linkNewest(entry);
  }

  add(entry: CacheEntry<K, V>, payloadBytes: number): void {
    entry.cached = true;
    entry.bytes = payloadBytes + ENTRY_OVERHEAD_BYTES;
    entry.home.set(entry.id, entry);
    this.#budget.usedBytes += entry.bytes;
    this.#linkNewest(entry);
  }

  /** Notes a write: the entry goes to the end of the flush order. */
  markDirty(entry: CacheEntry<K, V>): void {
    if (entry.dirty) {
      if (entry === this.#lastDirty) return;
      this.#unlinkDirty(entry);
    } else {
      entry.dirty = true;
      this.dirtyBytes += entry.bytes;
    }
    entry.dirtyBefore = this.#lastDirty;
    if (this.#lastDirty === null) this.#firstDirty = entry;
    else this.#lastDirty.dirtyAfter = entry;
    this.#lastDirty = entry;
  }

  /** Evicts until the caches are within their budget. Call after the entry in hand is complete. */
  shrink(inHand: CacheEntry<K, V>): void {
    this.#evicting++;
    try {
      while (this.#budget.usedBytes > this.#budget.maxBytes && this.#oldest !== null) {
        const eldest = this.#oldest;
        this.remove(eldest);
        if (eldest.dirty) {
          this.#clean(eldest);
          this.#flushEntry(eldest);
          this.flush();
        }
        // Whoever listens to a flush may use the store: then others have entries in hand as well.
        if (this.#evicting === 1 && eldest !== inHand && this.#spare.length < SPARE_ENTRIES) this.#spare.push(eldest);
      }
    } finally {
      this.#evicting--;
    }
  }

  flush(): void {
    for (let entry = this.#firstDirty; entry !== null; entry = this.#firstDirty) {
      this.#clean(entry);
      this.#flushEntry(entry);
    }
  }

  /** The dirty entries, in flush order. */
  *dirtyEntries(): Generator<CacheEntry<K, V>> {
    for (let entry = this.#firstDirty; entry !== null; entry = entry.dirtyAfter) yield entry;
  }

  remove(entry: CacheEntry<K, V>): void {
    if (!entry.cached) return;
    entry.cached = false;
    entry.home.delete(entry.id);
    this.#budget.usedBytes -= entry.bytes;
    this.#unlink(entry);
  }

  /** Forgets everything, dirty entries too. */
  clear(): void {
    for (let entry = this.#newest; entry !== null; entry = entry.older) {
      this.#budget.usedBytes -= entry.bytes;
      entry.cached = false;
      entry.dirty = false;
      entry.home.delete(entry.id);
    }
    this.#newest = null;
    this.#oldest = null;
    this.#firstDirty = null;
    this.#lastDirty = null;
    this.#spare.length = 0;
    this.dirtyBytes = 0;
  }

  #clean(entry: CacheEntry<K, V>): void {
    entry.dirty = false;
    this.dirtyBytes -= entry.bytes;
    this.#unlinkDirty(entry);
  }

  #linkNewest(entry: CacheEntry<K, V>): void {
    entry.older = this.#newest;
    entry.newer = null;
    if (this.#newest === null) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink(entry: CacheEntry<K, V>): void {
    if (entry.newer === null) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === null) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
  }

  #unlinkDirty(entry: CacheEntry<K, V>): void {
    if (entry.dirtyBefore === null) this.#firstDirty = entry.dirtyAfter;
    else entry.dirtyBefore.dirtyAfter = entry.dirtyAfter;
    if (entry.dirtyAfter === null) this.#lastDirty = entry.dirtyBefore;
    else entry.dirtyAfter.dirtyBefore = entry.dirtyBefore;
    entry.dirtyBefore = null;
    entry.dirtyAfter = null;
  }
}
