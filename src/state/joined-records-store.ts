import type { RecordContext } from '../core/record.ts';
import { writeInt64 } from './int64.ts';
import { JOIN_SUFFIX, segmentMs, startOrder } from './store-layout.ts';
import type { MergedScan } from './merged-scan.ts';
import type { TimedStore } from './timed-store.ts';
import type { StoreCore } from './store-core.ts';
import type { JoinWindowEntry, JoinWindowStore } from './store.ts';
import { TimeIndex } from './time-index.ts';

export interface JoinedRecordsOptions<K, V> {
  readonly core: StoreCore<K, V>;
  readonly retentionMs: number;
  /** Told of each record that was dropped because it is past the retention. */
  readonly expired: () => void;
}

/** What the index may take, an estimate: a quarter of a million records of 10,000 keys, or 60,000 of as many keys. */
const INDEX_MAX_BYTES = 12 << 20;
const LAST_SEQUENCE = 0x7fff_ffff;

/**
 * The records of one side of a stream-stream join, never cached: a record is written once and not again. The store has a
 * stream time of its own; what is `retentionMs` or more before it is not found any more. The times of the latest records
 * are in memory, so that a look-up in a recent window reads single keys; what is older is read in order from disk, which
 * costs ten times as much.
 */
export class JoinedRecordsStore<K, V> implements JoinWindowStore<K, V>, TimedStore {
  readonly name: string;
  readonly #core: StoreCore<K, V>;
  readonly #retentionMs: number;
  readonly #segmentMs: number;
  readonly #expired: () => void;
  #streamTime = -1;
  #sequence = 0;
  /** Records up to here may stand in the store from before it was opened, under numbers above those that come next. */
  #writtenBefore = -1;
  /** Time and sequence number of every record from {@link #indexedFrom} on, by the key's bytes. */
  #index = new TimeIndex<string>();
  #indexedFrom = 0;

  constructor(options: JoinedRecordsOptions<K, V>) {
    this.#core = options.core;
    this.name = options.core.spec.name;
    this.#retentionMs = options.retentionMs;
    this.#segmentMs = segmentMs(options.retentionMs);
    this.#expired = options.expired;
  }

  get open(): boolean {
    return this.#core.open;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  advanceTo(time: number): void {
    if (time <= this.#streamTime) return;
    this.resetTime(time);
  }

  resetTime(streamTime: number): void {
    this.#streamTime = streamTime;
    this.#writtenBefore = streamTime;
    this.#forgetIndex();
  }

  expiredBelow(committedTime: number): string | null {
    const segment = Math.floor((committedTime - this.#retentionMs + 1) / this.#segmentMs);
    return segment <= 0 ? null : startOrder(segment);
  }

  forget(): void {
    this.#forgetIndex();
  }

  forgetExpired(): void {
    this.#index.forgetBefore(this.#oldest);
  }

  put(key: K, value: V, record: RecordContext): void {
    const { timestamp } = record;
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    else if (timestamp < this.#oldest) {
      this.#expired();
      return;
    }
    const keyBytes = this.#core.keyBytes(key);
    const keyText = keyBytes.toString('latin1');
    if (timestamp <= this.#writtenBefore) {
      this.#sequence = Math.max(this.#sequence, this.#lastSequence(keyText, timestamp));
    }
    this.#core.append(this.#next(keyBytes, timestamp), timestamp, value, record);
    if (timestamp < this.#indexedFrom) return;
    this.#index.add(keyText, keyText, timestamp, this.#sequence);
    if (this.#index.bytes > INDEX_MAX_BYTES) this.#shrinkIndex();
  }

  fetch(key: K, from: number, to: number): readonly JoinWindowEntry<V>[] {
    const first = Math.max(from, this.#oldest);
    const last = Math.min(to, this.#streamTime);
    const found: JoinWindowEntry<V>[] = [];
    if (last < first) return found;
    const keyText = this.#core.keyBytes(key).toString('latin1');
    if (first < this.#indexedFrom) {
      const before = Math.min(last, this.#indexedFrom - 1);
      this.#scan(keyText, first, before, (at) => found.push({ timestamp: at.timestamp, value: at.value() }));
    }
    const times = this.#index.of(keyText);
    let at = times.length;
    while (at > 0 && (times[at - 1]?.end ?? first) >= first) at--;
    for (; at < times.length; at++) {
      const time = times[at];
      if (time === undefined || time.end > last) break;
      const stored = this.#core.read(this.#suffixed(Buffer.from(keyText, 'latin1'), time.end, time.start), time.end);
      if (stored !== null) found.push({ timestamp: time.end, value: stored });
    }
    return found;
  }

  /** Of what the store has under that key and time; 0: nothing. */
  #lastSequence(keyText: string, timestamp: number): number {
    let last = 0;
    this.#scan(keyText, timestamp, timestamp, ({ order }) => {
      last = Buffer.from(order.slice(-4), 'latin1').readInt32BE();
    });
    return last;
  }

  #scan(keyText: string, first: number, last: number, each: (at: MergedScan<V>) => void): void {
    const length = 8 + keyText.length + JOIN_SUFFIX;
    const until = Math.floor(last / this.#segmentMs);
    for (let segment = Math.floor(first / this.#segmentMs); segment <= until; segment++) {
      const prefix = startOrder(segment) + keyText;
      const scan = this.#core.scan({ from: prefix + startOrder(first), to: prefix + startOrder(last + 1) });
      // Between the bounds there may be longer keys that begin like this one.
      while (scan.next()) if (scan.order.length === length) each(scan);
      scan.close();
    }
  }

  #forgetIndex(): void {
    this.#index = new TimeIndex();
    this.#indexedFrom = this.#streamTime + 1;
  }

  /** Gives up what is past the retention, then the older half of the time in memory, until half the room is free. */
  #shrinkIndex(): void {
    this.#index.forgetBefore(this.#oldest);
    while (this.#index.bytes > INDEX_MAX_BYTES / 2) {
      const from = Math.max(this.#indexedFrom, this.#oldest);
      this.#indexedFrom = from + Math.floor((this.#streamTime - from) / 2) + 1;
      this.#index.forgetBefore(this.#indexedFrom);
    }
  }

  get #oldest(): number {
    return Math.max(0, this.#streamTime - this.#retentionMs + 1);
  }

  /** Key, time and the next sequence number: the entry's key in the changelog. */
  #next(key: Buffer, timestamp: number): Buffer {
    this.#sequence = this.#sequence === LAST_SEQUENCE ? 0 : this.#sequence + 1;
    return this.#suffixed(key, timestamp, this.#sequence);
  }

  #suffixed(key: Buffer, timestamp: number, sequence: number): Buffer {
    const bytes = Buffer.allocUnsafe(key.length + JOIN_SUFFIX);
    key.copy(bytes);
    writeInt64(bytes, timestamp, key.length);
    bytes.writeInt32BE(sequence, key.length + 8);
    return bytes;
  }
}
