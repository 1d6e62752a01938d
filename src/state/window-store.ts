import type { RecordContext } from '../core/record.ts';
import type { Windowed } from '../core/serde.ts';
import type { CacheEntry } from './entry-cache.ts';
import { EntriesByKey } from './key-entries.ts';
import type { MergedScan, ScanBounds } from './merged-scan.ts';
import { startOfOrder, startOrder } from './store-layout.ts';
import { StoreTime } from './store-time.ts';
import { TimeIndex } from './time-index.ts';
import { iterateStore } from './store-iterator.ts';
import type { StoreCore } from './store-core.ts';
import type {
  FlushListener,
  StoredBytes,
  StoredWindow,
  StoreIterator,
  TimestampedWindowStore,
  ValueAndTimestamp,
  WindowByteReads,
} from './store.ts';
import type { TimedStore } from './timed-store.ts';

const LAST_START = Number.MAX_SAFE_INTEGER - 1;
const KEY_AT = 8;

export interface WindowStoreOptions<K, V> {
  readonly core: StoreCore<K, V>;
  readonly windowSizeMs: number;
  readonly retentionMs: number;
  /** Told of each write that was dropped because its window is past the retention. */
  readonly expired: () => void;
}

/**
 * One value per key and window. The store has a stream time of its own, the latest window start it was given; windows
 * that start `retentionMs` or more before it are gone, with write-back once their segment of time is over
 * ({@link StoreTime}): writes to them are dropped, reads do not see them, and commits delete them from disk bit by bit.
 */
export class WindowStore<K, V> implements TimestampedWindowStore<K, V>, TimedStore, WindowByteReads {
  readonly name: string;
  readonly #core: StoreCore<K, V>;
  readonly #sizeMs: number;
  readonly #time: StoreTime;
  readonly #expired: () => void;
  readonly #entries = new EntriesByKey<K, V>();
  /** Starts of each key's windows, from the first time they were asked for; null: not asked, or to be read anew. */
  #index: TimeIndex<K> | null = null;

  constructor(options: WindowStoreOptions<K, V>) {
    this.#core = options.core;
    this.name = options.core.spec.name;
    this.#sizeMs = options.windowSizeMs;
    const { writeBack } = options.core;
    this.#time = new StoreTime({ retentionMs: options.retentionMs, writeBack, segments: writeBack });
    this.#expired = options.expired;
  }

  get open(): boolean {
    return this.#core.open;
  }

  get writeBack(): boolean {
    return this.#core.writeBack;
  }

  /** The latest window start the store was given; -1: none yet. */
  get streamTime(): number {
    return this.#time.latest;
  }

  /** What is not committed was forgotten, or the changelog was read: the index is read again when next asked for. */
  forget(): void {
    this.#index = null;
  }

  /** Moves the store's time forward, never back: on open to what it was, on restore by the records. */
  advanceTo(start: number): void {
    this.#time.advanceTo(start);
  }

  /** Sets the store's time, back too: what is not committed was forgotten. */
  resetTime(streamTime: number): void {
    this.#time.resetTo(streamTime);
  }

  /** The key on disk below which everything was past the retention at the last commit; null: nothing was. */
  expiredBelow(committedTime: number): string | null {
    return this.#time.expiredBelow(committedTime);
  }

  fetch(key: K, windowStart: number): V | null {
    if (windowStart < this.#time.oldestFound) return null;
    return this.#load(key, windowStart).value;
  }

  fetchWithTimestamp(key: K, windowStart: number): ValueAndTimestamp<V> | null {
    if (windowStart < this.#time.oldestFound) return null;
    const { value, timestamp } = this.#load(key, windowStart);
    return value === null ? null : { value, timestamp };
  }

  put(key: K, value: V | null, windowStart: number, record: RecordContext): void {
    if (!this.#time.takes(windowStart)) {
      this.#expired();
      return;
    }
    const id = this.#core.idOf(key);
    if (value === null) this.#index?.remove(id, windowStart, windowStart);
    else this.#index?.add(id, key, windowStart, windowStart);
    this.#core.putAt(this.#entries.of(id), windowStart, key, windowStart, value, record);
  }

  fetchRange(key: K, from: number, to: number): StoreIterator<Windowed<K>, V> {
    const suffix = this.#core.keyBytes(key).toString('latin1');
    return iterateStore(this.#core.scan({ ...this.#bounds(from, to), suffix, suffixAt: KEY_AT }), (at) => [
      this.#windowed(key, startOfOrder(at.order)),
      at.value(),
    ]);
  }

  fetchAll(from: number, to: number): StoreIterator<Windowed<K>, V> {
    return iterateStore(this.#core.scan(this.#bounds(from, to)), (at) => [this.#windowedKey(at), at.value()]);
  }

  fetchAllWithTimestamp(from: number, to: number): StoreIterator<Windowed<K>, ValueAndTimestamp<V>> {
    return iterateStore(this.#core.scan(this.#bounds(from, to)), (at) => [
      this.#windowedKey(at),
      { value: at.value(), timestamp: at.timestamp },
    ]);
  }

  scanWindowBytes(from: number, to: number, afterKey: Buffer | null): StoreIterator<Windowed<Buffer>, StoredBytes> {
    const bounds = this.#bounds(from, to);
    const after = afterKey === null || from < this.#time.oldestFound ? '' : `${afterKey.toString('latin1')}\0`;
    return this.#iterateBytes({ ...bounds, from: bounds.from + after });
  }

  scanKeyBytes(key: Buffer, from: number, to: number): StoreIterator<Windowed<Buffer>, StoredBytes> {
    return this.#iterateBytes({ ...this.#bounds(from, to), suffix: key.toString('latin1'), suffixAt: KEY_AT });
  }

  #iterateBytes(bounds: ScanBounds): StoreIterator<Windowed<Buffer>, StoredBytes> {
    return iterateStore(this.#core.scan(bounds), (at) => {
      const start = startOfOrder(at.order);
      const key = Buffer.from(at.order.slice(KEY_AT), 'latin1');
      return [
        { key, window: { start, end: start + this.#sizeMs } },
        { bytes: at.bytes((value) => this.#core.valueBytes(value)), timestamp: at.timestamp },
      ];
    });
  }

  windowsOf(key: K, from: number, to: number): StoredWindow<V>[] {
    const first = Math.max(this.#time.oldestFound, from);
    const starts: number[] = [];
    for (const { start } of this.#times().of(this.#core.idOf(key)))
      if (start >= first && start <= to) starts.push(start);
    return starts.flatMap((start) => {
      const { value, timestamp } = this.#load(key, start);
      return value === null ? [] : [{ start, value, timestamp }];
    });
  }

  onFlush(listener: FlushListener<Windowed<K>, V>, sendOldValues: boolean): void {
    this.#core.onFlush(
      (entry, newValue, oldValue, record) =>
        listener(this.#windowed(entry.key, entry.start), newValue, oldValue, record),
      sendOldValues,
      { time: this.#time, of: ({ start }) => start },
    );
  }

  forgetExpired(): void {
    this.#index?.forgetBefore(this.#time.oldestKept);
  }

  #times(): TimeIndex<K> {
    if (this.#index !== null) return this.#index;
    const index = new TimeIndex<K>();
    const scan = this.#core.scan(this.#bounds(0, LAST_START));
    while (scan.next()) {
      const { key, window } = this.#windowedKey(scan);
      index.add(this.#core.idOf(key), key, window.start, window.start);
    }
    scan.close();
    this.#index = index;
    return index;
  }

  #bounds(from: number, to: number): { from: string; to: string } {
    const first = Math.max(this.#time.oldestFound, from);
    const last = Math.min(LAST_START, to);
    return { from: startOrder(first), to: startOrder(last < first ? first : last + 1) };
  }

  #windowed(key: K, start: number): Windowed<K> {
    return { key, window: { start, end: start + this.#sizeMs } };
  }

  #windowedKey(at: MergedScan<V>): Windowed<K> {
    const key = this.#core.decodeKey(Buffer.from(at.order.slice(KEY_AT), 'latin1'));
    return this.#windowed(key, startOfOrder(at.order));
  }

  #load(key: K, start: number): CacheEntry<K, V> {
    return this.#core.loadAt(this.#entries.of(this.#core.idOf(key)), start, key, start);
  }
}
