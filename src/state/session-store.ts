import type { RecordContext } from '../core/record.ts';
import type { Serde, Windowed } from '../core/serde.ts';
import type { CacheEntry } from './entry-cache.ts';
import type { MergedScan } from './merged-scan.ts';
import { SessionIterator } from './session-iterator.ts';
import { SESSION_SUFFIX_BYTES } from './session-key.ts';
import { iterateStore } from './store-iterator.ts';
import type { StoreCore } from './store-core.ts';
import { startOrder } from './store-layout.ts';
import type { FlushListener, SessionStore, StoreIterator } from './store.ts';
import { type EntryTime, TimeIndex } from './time-index.ts';
import type { TimedStore } from './timed-store.ts';

const LAST_TIME = Number.MAX_SAFE_INTEGER - 1;
/** Kafka Streams deletes sessions by whole segments of time, at least this long. */
const MIN_SEGMENT_MS = 60_000;

export interface SessionStoreOptions<K, V> {
  /** Its key serde is {@link sessionKey}. */
  readonly core: StoreCore<Windowed<K>, V>;
  readonly key: Serde<K>;
  readonly retentionMs: number;
  /** Told of each write that was dropped because its session is long past the retention. */
  readonly expired: () => void;
}

/**
 * One value per key and session. The store has a stream time of its own, the latest end it was given. Reads by key see
 * sessions that ended less than `retentionMs` before it; reads by time see older ones too until they are deleted, whole
 * segments of time at once (half the retention, at least a minute), as in Kafka Streams. The times of the live sessions
 * are in memory, by key; their values need not be.
 */
export class SortedSessionStore<K, V> implements SessionStore<K, V>, TimedStore {
  readonly name: string;
  readonly #core: StoreCore<Windowed<K>, V>;
  readonly #key: Serde<K>;
  readonly #retentionMs: number;
  readonly #segmentMs: number;
  readonly #expired: () => void;
  readonly #entries = new Map<unknown, CacheEntry<Windowed<K>, V>>();
  /** null: to be read from what the store has. */
  #index: TimeIndex<K> | null = null;
  readonly #value = (session: Windowed<K>): V | null => this.#core.load(this.#entries, session, 0).value;
  #streamTime = -1;

  constructor(options: SessionStoreOptions<K, V>) {
    this.#core = options.core;
    this.name = options.core.spec.name;
    this.#key = options.key;
    this.#retentionMs = options.retentionMs;
    this.#segmentMs = Math.max(Math.floor(options.retentionMs / 2), MIN_SEGMENT_MS);
    this.#expired = options.expired;
  }

  get open(): boolean {
    return this.#core.open;
  }

  get writeBack(): boolean {
    return this.#core.writeBack;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  /** What is not committed was forgotten, or the changelog was read: the index is read again when next asked for. */
  forget(): void {
    this.#index = null;
  }

  advanceTo(end: number): void {
    if (end > this.#streamTime) this.#streamTime = end;
  }

  resetTime(streamTime: number): void {
    this.#streamTime = streamTime;
  }

  expiredBelow(committedTime: number): string | null {
    const oldest = this.#oldestKept(committedTime);
    return oldest <= 0 ? null : startOrder(oldest);
  }

  forgetExpired(): void {
    this.#index?.forgetBefore(this.#oldestKept(this.#streamTime));
  }

  put(session: Windowed<K>, value: V | null, record: RecordContext): void {
    const { key, window } = session;
    if (window.end > this.#streamTime) this.#streamTime = window.end;
    else if (window.end < this.#oldestKept(this.#streamTime)) {
      this.#expired();
      return;
    }
    const id = this.#idOf(key);
    if (value === null) this.#times().remove(id, window.end, window.start);
    else this.#times().add(id, key, window.end, window.start);
    this.#core.put(this.#entries, session, 0, value, record);
  }

  remove(session: Windowed<K>, record: RecordContext): void {
    this.put(session, null, record);
  }

  fetchSession(key: K, start: number, end: number): V | null {
    return end < this.#oldestLive ? null : this.#value(windowed(key, { start, end }));
  }

  fetch(key: K): StoreIterator<Windowed<K>, V> {
    return this.#iterate(this.#sessionsOf(key, this.#oldestLive, LAST_TIME));
  }

  backwardFetch(key: K): StoreIterator<Windowed<K>, V> {
    return this.#iterate(this.#sessionsOf(key, this.#oldestLive, LAST_TIME).reverse());
  }

  findSessions(key: K, earliestEnd: number, latestStart: number): StoreIterator<Windowed<K>, V> {
    return this.#iterate(this.#sessionsOf(key, Math.max(this.#oldestFound, earliestEnd), latestStart));
  }

  backwardFindSessions(key: K, earliestEnd: number, latestStart: number): StoreIterator<Windowed<K>, V> {
    return this.#iterate(this.#sessionsOf(key, Math.max(this.#oldestFound, earliestEnd), latestStart).reverse());
  }

  fetchRange(from: K | null, to: K | null): StoreIterator<Windowed<K>, V> {
    const first = from === null ? null : this.#keyBytes(from);
    const last = to === null ? null : this.#keyBytes(to);
    const keys = [...this.#times().keys()]
      .map(({ key, times }) => ({ key, times, bytes: this.#keyBytes(key) }))
      .filter(({ bytes }) => (first === null || bytes >= first) && (last === null || bytes <= last))
      .sort((one, other) => (one.bytes < other.bytes ? -1 : 1));
    const oldest = this.#oldestLive;
    return this.#iterate(
      keys.flatMap(({ key, times }) => times.filter(({ end }) => end >= oldest).map((time) => windowed(key, time))),
    );
  }

  findSessionsByEnd(earliestEnd: number, latestEnd: number): StoreIterator<Windowed<K>, V> {
    const from = Math.max(0, earliestEnd, this.#oldestKept(this.#streamTime));
    const to = Math.max(from, Math.min(LAST_TIME, latestEnd) + 1);
    return iterateStore(this.#core.scan({ from: startOrder(from), to: startOrder(to) }), (at) => [
      this.#decode(at),
      at.value(),
    ]);
  }

  onFlush(listener: FlushListener<Windowed<K>, V>, sendOldValues: boolean): void {
    this.#core.onFlush(
      (entry, newValue, oldValue, record) => listener(entry.key, newValue, oldValue, record),
      sendOldValues,
    );
  }

  /** The earliest end that reads by key show. */
  get #oldestLive(): number {
    return Math.max(0, this.#streamTime - this.#retentionMs + 1);
  }

  /**
   * The earliest end that a search by time finds. With write-back all that is not deleted, since Kafka Streams' cache looks
   * at no retention: by default that is the gap, and a session that ended exactly the gap before a record must be found
   * after another record of the same time.
   */
  get #oldestFound(): number {
    return this.writeBack ? this.#oldestKept(this.#streamTime) : this.#oldestLive;
  }

  #oldestKept(streamTime: number): number {
    return Math.floor(Math.max(0, streamTime - this.#retentionMs) / this.#segmentMs) * this.#segmentMs;
  }

  #sessionsOf(key: K, oldest: number, latestStart: number): Windowed<K>[] {
    this.#core.assertOpen();
    const found: Windowed<K>[] = [];
    const times = this.#times().of(this.#idOf(key));
    for (let i = times.length - 1; i >= 0; i--) {
      const time = times[i];
      if (time === undefined || time.end < oldest) break;
      if (time.start <= latestStart) found.push(windowed(key, time));
    }
    return found.length > 1 ? found.reverse() : found;
  }

  #iterate(sessions: readonly Windowed<K>[]): StoreIterator<Windowed<K>, V> {
    return new SessionIterator(sessions, this.#value);
  }

  /** The index, read from the store once after it was opened or what is not committed was forgotten. */
  #times(): TimeIndex<K> {
    if (this.#index !== null) return this.#index;
    const index = new TimeIndex<K>();
    const scan = this.#core.scan({ from: startOrder(this.#oldestKept(this.#streamTime)), to: null });
    while (scan.next()) {
      const { key, window } = this.#decode(scan);
      index.add(this.#idOf(key), key, window.end, window.start);
    }
    scan.close();
    this.#index = index;
    return index;
  }

  #decode(at: MergedScan<Windowed<K>, V>): Windowed<K> {
    const { order } = at;
    return this.#core.decodeKey(
      Buffer.from(order.slice(SESSION_SUFFIX_BYTES) + order.slice(0, SESSION_SUFFIX_BYTES), 'latin1'),
    );
  }

  #idOf(key: K): unknown {
    return typeof key === 'object' ? this.#keyBytes(key) : key;
  }

  #keyBytes(key: K): string {
    return this.#key.serialize(this.#core.topic, key).toString('latin1');
  }
}

function windowed<K>(key: K, { start, end }: EntryTime): Windowed<K> {
  return { key, window: { start, end } };
}
