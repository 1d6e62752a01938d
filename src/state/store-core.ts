import { messageOf, StreamsError } from '../core/errors.ts';
import { NO_HEADERS, type RecordContext } from '../core/record.ts';
import { NeedsPreparation, type Serde } from '../core/serde.ts';
import { type CacheBudget, type CacheEntry, EntryCache, type EntryHome } from './entry-cache.ts';
import { type DirtyWrite, MergedScan, type ScanBounds } from './merged-scan.ts';
import { retainRecord, retainValue } from './retain.ts';
import type { StoreLayout } from './store-layout.ts';
import type { StoreTime } from './store-time.ts';
import type { StoreSpec } from './store-spec.ts';
import type { ChangelogWriter } from './store.ts';
import type { StoredValue, StoreWrites } from './store-writes.ts';

export interface StoreCoreOptions {
  readonly spec: StoreSpec;
  readonly layout: StoreLayout;
  readonly writes: StoreWrites;
  readonly budget: CacheBudget;
  /** null: not logged. */
  readonly changelog: ChangelogWriter | null;
  /** The topic that serdes are told. */
  readonly topic: string;
}

/** Told of a change that reached the store below the cache. */
export type ChangeListener<K, V> = (
  entry: CacheEntry<K, V>,
  newValue: V | null,
  oldValue: V | null,
  record: RecordContext,
) => void;

/** The time of entries that expire, as the store below the cache sees it. */
export interface EntryTimes<K, V> {
  readonly time: StoreTime;
  readonly of: (entry: CacheEntry<K, V>) => number;
}

/**
 * What all kinds of stores share: values as objects in a cache, bytes below it, the changelog and the listener. With
 * write-back, a write stays in the cache until a flush or its eviction; else it goes through at once and the cache only
 * saves reads. Values are shared with the caller: whoever changes one in place has to `put` it again.
 */
export class StoreCore<K, V> {
  readonly spec: StoreSpec;
  readonly layout: StoreLayout;
  readonly writes: StoreWrites;
  readonly cache: EntryCache<K, V>;
  readonly writeBack: boolean;
  readonly #budget: CacheBudget;
  readonly #changelog: ChangelogWriter | null;
  /** The topic that serdes are told. */
  readonly topic: string;
  readonly #key: Serde<K>;
  readonly #value: Serde<V>;
  #listener: ChangeListener<K, V> | null = null;
  #sendOldValues = false;
  /** null: entries do not expire. */
  #times: EntryTimes<K, V> | null = null;
  /** The entry used last: a read-modify-write looks it up once. */
  #last: CacheEntry<K, V> | null = null;
  /** Running mean of serialised values, the estimate of a cached value's size. */
  #meanValueBytes = 64;
  open = true;
  /** Reads that the cache answered, and those that went below it. */
  hits = 0;
  misses = 0;

  constructor(options: StoreCoreOptions) {
    this.spec = options.spec;
    this.layout = options.layout;
    this.writes = options.writes;
    this.writeBack = options.spec.cached && options.budget.maxBytes > 0;
    this.cache = new EntryCache<K, V>(options.budget, (entry) => this.#flushEntry(entry));
    this.#budget = options.budget;
    this.#changelog = options.changelog;
    this.topic = options.topic;
    this.#key = options.spec.key as Serde<K>;
    this.#value = options.spec.value as Serde<V>;
  }

  onFlush(listener: ChangeListener<K, V>, sendOldValues: boolean, times: EntryTimes<K, V> | null = null): void {
    this.#listener = listener;
    this.#times = times;
    this.#sendOldValues = sendOldValues;
  }

  /** A key as it is found in memory: itself when it is a primitive, else its bytes. */
  idOf(key: K): unknown {
    return typeof key === 'object' ? this.keyBytes(key).toString('latin1') : key;
  }

  keyBytes(key: K): Buffer {
    return this.#key.serialize(this.topic, key);
  }

  valueBytes(value: V): Buffer {
    return this.#value.serialize(this.topic, value);
  }

  /** The entry of a key, read from below when the cache has none. */
  load(home: EntryHome<K, V>, key: K, start: number): CacheEntry<K, V> {
    return this.loadAt(home, this.idOf(key), key, start);
  }

  /** As {@link load}, of the id under which the entry's home has it. The entry is good until the store is used again. */
  loadAt(home: EntryHome<K, V>, id: unknown, key: K, start: number): CacheEntry<K, V> {
    this.assertOpen();
    const last = this.#last;
    if (last !== null && last.id === id && last.home === home) {
      this.cache.touch(last);
      this.hits++;
      return last;
    }
    const hit = home.get(id);
    if (hit !== undefined) {
      this.cache.touch(hit);
      this.#last = hit;
      this.hits++;
      return hit;
    }
    this.misses++;
    const entry = this.cache.create(id, home, retainValue(key), start);
    const stored = this.#below(this.keyBytes(key), start);
    if (stored !== null) {
      entry.value = this.decodeValue(stored.value);
      entry.timestamp = stored.timestamp;
    }
    this.#noteFlushed(entry);
    this.#cacheClean(entry, key, stored?.value.length ?? 0);
    this.#last = entry;
    return entry;
  }

  put(home: EntryHome<K, V>, key: K, start: number, value: V | null, record: RecordContext): void {
    this.putAt(home, this.idOf(key), key, start, value, record);
  }

  /** As {@link put}, under the id that the entry's home knows. */
  putAt(home: EntryHome<K, V>, id: unknown, key: K, start: number, value: V | null, record: RecordContext): void {
    this.assertOpen();
    const last = this.#last;
    const entry =
      last !== null && last.id === id && last.home === home
        ? last
        : (home.get(id) ?? this.cache.create(id, home, retainValue(key), start));
    this.#last = entry;
    entry.value = retainValue(value);
    entry.timestamp = record.timestamp;
    if (!this.writeBack) {
      this.#writeThrough(entry, record);
      return;
    }
    entry.record = retainRecord(record);
    if (entry.cached) this.cache.touch(entry);
    else this.cache.add(entry, sizeOf(key) + Math.round(this.#meanValueBytes));
    this.cache.markDirty(entry);
    if (this.#budget.usedBytes > this.#budget.maxBytes) this.cache.shrink(entry);
  }

  /** The value under a key's bytes, past the cache. */
  read(keyBytes: Buffer, start: number): V | null {
    const stored = this.#below(keyBytes, start);
    return stored === null ? null : this.decodeValue(stored.value);
  }

  /** Tells the changelog of an entry that the store keeps in a form of its own; the key is as the changelog has it. */
  log(key: Buffer, value: Buffer, timestamp: number): void {
    this.#changelog?.log(this.spec.name, key, value, timestamp, this.layout.headers);
  }

  flush(): void {
    this.cache.flush();
  }

  /** Keys in the order of their bytes, newest writes first. */
  scan(bounds: ScanBounds): MergedScan<V> {
    this.assertOpen();
    const dirty: DirtyWrite<V>[] = [];
    for (const { key, start, value, timestamp } of this.cache.dirtyEntries()) {
      dirty.push({ order: this.layout.order(this.keyBytes(key), start), value, timestamp });
    }
    return new MergedScan<V>(this.writes, dirty, bounds, (bytes) => this.decodeValue(bytes));
  }

  /** Forgets what is not committed, and what was cached. */
  rollback(): void {
    this.forgetCache();
    this.writes.rollback();
  }

  forgetCache(): void {
    this.cache.clear();
    this.#last = null;
  }

  decodeKey(bytes: Buffer): K {
    return this.#decode(this.#key, bytes, 'key');
  }

  decodeValue(bytes: Buffer): V {
    return this.#decode(this.#value, bytes, 'value');
  }

  assertOpen(): void {
    if (!this.open) throw new StreamsError('STORE_CLOSED', `store ${this.spec.name} is closed`);
  }

  #decode<T>(serde: Serde<T>, bytes: Buffer, what: string): T {
    try {
      return serde.deserialize(this.topic, bytes);
    } catch (error) {
      if (error instanceof NeedsPreparation) throw error;
      throw new StreamsError(
        'DESERIALIZATION',
        `a ${what} in store ${this.spec.name} cannot be read as ${serde.name}: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  #flushEntry(entry: CacheEntry<K, V>): void {
    const { value, record } = entry;
    if (record === null) return;
    entry.record = null;
    const keyBytes = this.keyBytes(entry.key);
    const listener = this.#listener;
    // Kafka Streams reads the old value for a delete too: one of a key that was never there changes nothing.
    const oldValue =
      listener !== null && (this.#sendOldValues || value === null) ? this.#flushedValue(entry, keyBytes) : null;
    if (listener !== null && value === null && oldValue === null) {
      // What has expired is not shown, and nobody told that it goes; but it must not come back out of the changelog.
      if (this.#below(keyBytes, entry.start) !== null) this.#store(entry, keyBytes);
      return;
    }
    this.#times?.time.flushed(this.#times.of(entry));
    this.#store(entry, keyBytes);
    listener?.(entry, value, this.#sendOldValues ? oldValue : null, record);
  }

  #writeThrough(entry: CacheEntry<K, V>, record: RecordContext): void {
    const { value } = entry;
    const keyBytes = this.keyBytes(entry.key);
    const listener = this.#listener;
    const oldValue = listener !== null && this.#sendOldValues ? this.#flushedValue(entry, keyBytes) : null;
    const bytes = this.#store(entry, keyBytes);
    if (entry.cached) this.cache.touch(entry);
    else this.#cacheClean(entry, entry.key, bytes);
    listener?.(entry, value, oldValue, record);
  }

  /** What the store below has: not the cached object, which the application may have changed in place. */
  #flushedValue(entry: CacheEntry<K, V>, keyBytes: Buffer): V | null {
    const times = this.#times;
    if (times !== null && !times.time.showsBelow(times.of(entry))) return null;
    if (entry.flushedKnown) return entry.flushed;
    const stored = this.#below(keyBytes, entry.start);
    return stored === null ? null : this.decodeValue(stored.value);
  }

  #below(keyBytes: Buffer, start: number): StoredValue | null {
    this.layout.compose(this.writes.key, keyBytes, start);
    return this.writes.find();
  }

  #store(entry: CacheEntry<K, V>, keyBytes: Buffer): number {
    const bytes = entry.value === null ? null : this.#value.serialize(this.topic, entry.value);
    this.layout.compose(this.writes.key, keyBytes, entry.start);
    this.writes.write(bytes, entry.timestamp);
    this.#noteFlushed(entry);
    if (bytes !== null) this.#meanValueBytes += (bytes.length - this.#meanValueBytes) / 32;
    this.#changelog?.log(
      this.spec.name,
      this.layout.changelogKey(keyBytes, entry.start),
      bytes,
      entry.timestamp,
      bytes === null ? NO_HEADERS : this.layout.headers,
    );
    return bytes?.length ?? 0;
  }

  #noteFlushed(entry: CacheEntry<K, V>): void {
    entry.flushedKnown = entry.value === null || typeof entry.value !== 'object';
    entry.flushed = entry.flushedKnown ? entry.value : null;
  }

  #cacheClean(entry: CacheEntry<K, V>, key: K, valueBytes: number): void {
    if (this.#budget.maxBytes === 0) return;
    this.cache.add(entry, sizeOf(key) + valueBytes);
    if (this.#budget.usedBytes > this.#budget.maxBytes) this.cache.shrink(entry);
  }
}

function sizeOf(key: unknown): number {
  return typeof key === 'string' || Buffer.isBuffer(key) ? key.length : 16;
}
