import type { RecordContext } from '../core/record.ts';
import type { Serde, Windowed } from '../core/serde.ts';
import { EntriesByKey } from './key-entries.ts';
import type { MergedScan } from './merged-scan.ts';
import { SessionIterator } from './session-iterator.ts';
import { SESSION_SUFFIX_BYTES } from './session-key.ts';
import { iterateStore } from './store-iterator.ts';
import type { StoreCore } from './store-core.ts';
import { startOrder } from './store-layout.ts';
import type { FlushListener, SessionStore, StoreIterator } from './store.ts';
import { StoreTime } from './store-time.ts';
import { type EntryTime, TimeIndex } from './time-index.ts';
import type { TimedStore } from './timed-store.ts';

const LAST_TIME = Number.MAX_SAFE_INTEGER - 1;

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
 * sessions that ended less than `retentionMs` before it, with write-back those that are kept; reads by time always see what is
 * kept until it is deleted, whole segments of time at once, as in Kafka Streams ({@link StoreTime}). The times of the live
 * sessions are in memory, by key; their values need not be.
 */
export class SortedSessionStore<K, V> implements SessionStore<K, V>, TimedStore {
  readonly name: string;
  readonly #core: StoreCore<Windowed<K>, V>;
  readonly #key: Serde<K>;
  readonly #time: StoreTime;
  readonly #expired: () => void;
  readonly #entries = new EntriesByKey<Windowed<K>, V>(isSession);
  /** null: to be read from what the store has. */
  #index: TimeIndex<K> | null = null;
  readonly #value = (session: Windowed<K>): V | null =>
    this.#core.loadAt(this.#entries.of(this.#idOf(session.key)), session, session, 0).value;

  constructor(options: SessionStoreOptions<K, V>) {
    this.#core = options.core;
    this.name = options.core.spec.name;
    this.#key = options.key;
    const { writeBack } = options.core;
    this.#time = new StoreTime({ retentionMs: options.retentionMs, writeBack, segments: true });
    this.#expired = options.expired;
  }

  get open(): boolean {
    return this.#core.open;
  }

  get writeBack(): boolean {
    return this.#core.writeBack;
  }

  get streamTime(): number {
    return this.#time.latest;
  }

  /** What is not committed was forgotten, or the changelog was read: the index is read again when next asked for. */
  forget(): void {
    this.#index = null;
  }

  advanceTo(end: number): void {
    this.#time.advanceTo(end);
  }

  resetTime(streamTime: number): void {
    this.#time.resetTo(streamTime);
  }

  expiredBelow(committedTime: number): string | null {
    return this.#time.expiredBelow(committedTime);
  }

  forgetExpired(): void {
    this.#index?.forgetBefore(this.#time.oldestKept);
  }

  put(session: Windowed<K>, value: V | null, record: RecordContext): void {
    const { key, window } = session;
    if (!this.#time.takes(window.end)) {
      this.#expired();
      return;
    }
    const id = this.#idOf(key);
    if (value === null) this.#times().remove(id, window.end, window.start);
    else this.#times().add(id, key, window.end, window.start);
    this.#core.putAt(this.#entries.of(id), session, session, 0, value, record);
  }

  remove(session: Windowed<K>, record: RecordContext): void {
    this.put(session, null, record);
  }

  fetchSession(key: K, start: number, end: number): V | null {
    return end < this.#time.oldestFound ? null : this.#value(windowed(key, { start, end }));
  }

  fetch(key: K): StoreIterator<Windowed<K>, V> {
    return this.#iterate(this.#sessionsOf(key, this.#time.oldestFound, LAST_TIME));
  }

  backwardFetch(key: K): StoreIterator<Windowed<K>, V> {
    return this.#iterate(this.#sessionsOf(key, this.#time.oldestFound, LAST_TIME).reverse());
  }

  findSessions(key: K, earliestEnd: number, latestStart: number): StoreIterator<Windowed<K>, V> {
    return this.#iterate(this.#sessionsOf(key, Math.max(this.#time.oldestFound, earliestEnd), latestStart));
  }

  backwardFindSessions(key: K, earliestEnd: number, latestStart: number): StoreIterator<Windowed<K>, V> {
    return this.#iterate(this.#sessionsOf(key, Math.max(this.#time.oldestFound, earliestEnd), latestStart).reverse());
  }

  fetchRange(from: K | null, to: K | null): StoreIterator<Windowed<K>, V> {
    const first = from === null ? null : this.#keyBytes(from);
    const last = to === null ? null : this.#keyBytes(to);
    const keys = [...this.#times().keys()]
      .map(({ key, times }) => ({ key, times, bytes: this.#keyBytes(key) }))
      .filter(({ bytes }) => (first === null || bytes >= first) && (last === null || bytes <= last))
      .sort((one, other) => (one.bytes < other.bytes ? -1 : 1));
    const oldest = this.#time.oldestFound;
    return this.#iterate(
      keys.flatMap(({ key, times }) => times.filter(({ end }) => end >= oldest).map((time) => windowed(key, time))),
    );
  }

  findSessionsByEnd(earliestEnd: number, latestEnd: number): StoreIterator<Windowed<K>, V> {
    const from = Math.max(0, earliestEnd, this.#time.oldestKept);
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
      { time: this.#time, of: ({ key }) => key.window.end },
    );
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
    const scan = this.#core.scan({ from: startOrder(this.#time.oldestKept), to: null });
    while (scan.next()) {
      const { key, window } = this.#decode(scan);
      index.add(this.#idOf(key), key, window.end, window.start);
    }
    scan.close();
    this.#index = index;
    return index;
  }

  #decode(at: MergedScan<V>): Windowed<K> {
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

/** The id of a session among those of its key is itself. */
function isSession<K>({ key: { window } }: { readonly key: Windowed<K> }, id: unknown): boolean {
  const asked = (id as Windowed<K>).window;
  return window.end === asked.end && window.start === asked.start;
}

function windowed<K>(key: K, { start, end }: EntryTime): Windowed<K> {
  return { key, window: { start, end } };
}
