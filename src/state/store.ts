import type { RecordContext, Headers } from '../core/record.ts';
import type { Windowed } from '../core/serde.ts';

/** What every store has in common. A store belongs to one task and is used on its loop only. */
export interface StateStore {
  readonly name: string;
  readonly open: boolean;
}

/** Entries in order, one at a time. Close it, or read to the end (`for … of` does both). */
export interface StoreIterator<K, V> extends IterableIterator<readonly [K, V]> {
  close(): void;
}

/** Keys are in the order of their serialised bytes, as in Kafka Streams. */
export interface ReadOnlyKeyValueStore<K, V> extends StateStore {
  get(key: K): V | null;
  /** Both ends inclusive; null is open. */
  range(from: K | null, to: K | null): StoreIterator<K, V>;
  reverseRange(from: K | null, to: K | null): StoreIterator<K, V>;
  all(): StoreIterator<K, V>;
  /** Keys whose serialised bytes begin with these. */
  prefixScan(prefix: Buffer): StoreIterator<K, V>;
  /** May count some keys twice or not yet; exact only for stores in memory. */
  approximateNumEntries(): number;
}

/** A value as it is stored, with its time (-1 in stores that keep none). */
export interface StoredBytes {
  readonly bytes: Buffer;
  readonly timestamp: number;
}

/** Keys by their bytes; null is open. */
export interface KeyByteRange {
  /** Inclusive. */
  readonly from: Buffer | null;
  /** Exclusive. */
  readonly to: Buffer | null;
  readonly reverse: boolean;
}

/** What key-value stores offer to questions that come as bytes, from another thread or instance. */
export interface KeyByteReads {
  scanBytes(range: KeyByteRange): StoreIterator<Buffer, StoredBytes>;
}

/** The same for window stores. */
export interface WindowByteReads {
  /** Windows that start in [from, to], by start, then key bytes; after that key where `from` is the start. */
  scanWindowBytes(from: number, to: number, afterKey: Buffer | null): StoreIterator<Windowed<Buffer>, StoredBytes>;
  /** Windows of one key that start in [from, to], oldest first. */
  scanKeyBytes(key: Buffer, from: number, to: number): StoreIterator<Windowed<Buffer>, StoredBytes>;
}

export interface KeyValueStore<K, V> extends ReadOnlyKeyValueStore<K, V> {
  /** null deletes. */
  put(key: K, value: V | null): void;
  putIfAbsent(key: K, value: V): V | null;
  delete(key: K): V | null;
}

/** A value with the time of the record that wrote it. Kafka Streams' ValueAndTimestamp. */
export interface ValueAndTimestamp<V> {
  readonly value: V;
  readonly timestamp: number;
}

/**
 * The key-value store behind tables and aggregates. With a cache, `put` is forwarded to the listener (downstream) once
 * per commit or eviction; without one, at once.
 */
export interface TimestampedKeyValueStore<K, V> extends ReadOnlyKeyValueStore<K, V> {
  /** Whether writes wait in a cache, so that the flush listener is called later than by `put`. */
  readonly writeBack: boolean;
  timestampOf(key: K): number;
  getWithTimestamp(key: K): ValueAndTimestamp<V> | null;
  /** Writes and, without a cache, calls the flush listener before it returns. */
  put(key: K, value: V | null, record: RecordContext): void;
  onFlush(listener: FlushListener<K, V>, sendOldValues: boolean): void;
}

/** What a store tells its node about a change: once per write without a cache, once per key and commit with one. */
export type FlushListener<K, V> = (
  key: K,
  newValue: V | null,
  oldValue: V | null,
  record: RecordContext,
  /** False: versioned stores were given a version that is not the key's latest. */
  latest?: boolean,
) => void;

/** A value with the time from which it holds, and the time from which another one does; null: it is the latest. */
export interface VersionedRecord<V> extends ValueAndTimestamp<V> {
  readonly validTo: number | null;
}

export interface ReadOnlyVersionedStore<K, V> extends StateStore {
  /** The latest version's value; null where that is a deletion. */
  get(key: K): V | null;
  /** What held at a time; null: nothing, or the time is past the retention and the latest version is newer. */
  getAsOf(key: K, timestamp: number): VersionedRecord<V> | null;
  /** What held at any time of [from, to], newest first, without deletions. */
  getVersions(key: K, from: number, to: number): readonly VersionedRecord<V>[];
}

/**
 * A store of all versions of each key (KIP-889), as far back as its history retention. What is older than that when it is
 * put is dropped. Never cached.
 */
export interface VersionedKeyValueStore<K, V> extends ReadOnlyVersionedStore<K, V> {
  readonly writeBack: false;
  timestampOf(key: K): number;
  getWithTimestamp(key: K): ValueAndTimestamp<V> | null;
  /** Writes the version of the record's time; null says that from then on there is none. */
  put(key: K, value: V | null, record: RecordContext): void;
  onFlush(listener: FlushListener<K, V>, sendOldValues: boolean): void;
}

export interface ReadOnlyWindowStore<K, V> extends StateStore {
  fetch(key: K, windowStart: number): V | null;
  /** Windows of one key that start in [from, to], oldest first. */
  fetchRange(key: K, from: number, to: number): StoreIterator<Windowed<K>, V>;
  /** Windows of all keys that start in [from, to], by time, then key. */
  fetchAll(from: number, to: number): StoreIterator<Windowed<K>, V>;
}

/** One window of a key. */
export interface StoredWindow<V> extends ValueAndTimestamp<V> {
  readonly start: number;
}

export interface TimestampedWindowStore<K, V> extends ReadOnlyWindowStore<K, V> {
  /** Whether writes wait in a cache, so that the flush listener is called later than by `put`. */
  readonly writeBack: boolean;
  fetchWithTimestamp(key: K, windowStart: number): ValueAndTimestamp<V> | null;
  /** The windows of one key that start in [from, to], oldest first, as they are now. */
  windowsOf(key: K, from: number, to: number): StoredWindow<V>[];
  /** As `fetchAll`, with each value's time. */
  fetchAllWithTimestamp(from: number, to: number): StoreIterator<Windowed<K>, ValueAndTimestamp<V>>;
  put(key: K, value: V | null, windowStart: number, record: RecordContext): void;
  onFlush(listener: FlushListener<Windowed<K>, V>, sendOldValues: boolean): void;
}

export interface ReadOnlySessionStore<K, V> extends StateStore {
  fetchSession(key: K, start: number, end: number): V | null;
  /** All sessions of one key, oldest first. */
  fetch(key: K): StoreIterator<Windowed<K>, V>;
  backwardFetch(key: K): StoreIterator<Windowed<K>, V>;
  /** All sessions of the keys from one to the other, both inclusive, null is open: by key, then time. */
  fetchRange(from: K | null, to: K | null): StoreIterator<Windowed<K>, V>;
  /** Sessions of one key that end at or after `earliestEnd` and start at or before `latestStart`, oldest first. */
  findSessions(key: K, earliestEnd: number, latestStart: number): StoreIterator<Windowed<K>, V>;
  backwardFindSessions(key: K, earliestEnd: number, latestStart: number): StoreIterator<Windowed<K>, V>;
  /** Sessions of all keys that end in [earliestEnd, latestEnd]: by end, start, key. */
  findSessionsByEnd(earliestEnd: number, latestEnd: number): StoreIterator<Windowed<K>, V>;
}

/** The store behind session windows. `record` is the one that causes the write. */
export interface SessionStore<K, V> extends ReadOnlySessionStore<K, V> {
  readonly writeBack: boolean;
  /** null removes. */
  put(session: Windowed<K>, value: V | null, record: RecordContext): void;
  remove(session: Windowed<K>, record: RecordContext): void;
  onFlush(listener: FlushListener<Windowed<K>, V>, sendOldValues: boolean): void;
}

/** A row that leaves a {@link SuppressionBuffer}, with the record of its last update. */
export interface BufferedRow<K, V> {
  readonly key: K;
  readonly newValue: V | null;
  readonly oldValue: V | null;
  readonly record: RecordContext;
}

/** Rows of a table that wait for their time: one for each key, in the order of time, then key bytes. */
export interface SuppressionBuffer<K, V> extends StateStore {
  /** Rows that wait. */
  readonly size: number;
  /** Estimate of what they take, as Kafka Streams counts. */
  readonly bytes: number;
  /** A key that waits already keeps its time and its place. */
  put(time: number, key: K, newValue: V | null, oldValue: V | null, record: RecordContext): void;
  /** Takes rows out, the earliest first, as long as `goes` says so of their time. */
  evictWhile(goes: (time: number) => boolean, evicted: (row: BufferedRow<K, V>) => void): void;
  /** What a key's row was before the first update that waits; null: none waits. */
  priorOf(key: K): { readonly value: V | null } | null;
}

/** One record of a {@link JoinWindowStore}. */
export interface JoinWindowEntry<V> {
  readonly timestamp: number;
  readonly value: V;
}

/** The records of one side of a stream-stream join. Several may have the same key and time: all are kept. */
export interface JoinWindowStore<K, V> extends StateStore {
  /** The latest time the store was given, in ms; -1: none yet. */
  readonly streamTime: number;
  put(key: K, value: V, record: RecordContext): void;
  /** Records of a key with times in [from, to], by time, then in the order they came. */
  fetch(key: K, from: number, to: number): readonly JoinWindowEntry<V>[];
}

/**
 * Where a store's changes go for safe-keeping: the changelog topic. Bytes as Kafka Streams writes them; whoever keeps the
 * key's copies it, since the store uses them again.
 */
export interface ChangelogWriter {
  log(store: string, key: Buffer, value: Buffer | null, timestamp: number, headers: Headers): void;
}
