import type { RecordContext } from '../core/record.ts';
import { writeInt64 } from './int64.ts';
import { JOIN_SUFFIX, segmentMs, startOrder } from './store-layout.ts';
import type { MergedScan } from './merged-scan.ts';
import type { TimedStore } from './timed-store.ts';
import type { StoreCore } from './store-core.ts';
import type { JoinWindowEntry, JoinWindowStore } from './store.ts';

export interface JoinedRecordsOptions<K, V> {
  readonly core: StoreCore<K, V>;
  readonly retentionMs: number;
  /** Told of each record that was dropped because it is past the retention. */
  readonly expired: () => void;
}

const LAST_SEQUENCE = 0x7fff_ffff;
const scratch = Buffer.alloc(JOIN_SUFFIX);

/**
 * The records of one side of a stream-stream join, never cached: a record is written once and not again. The store has a
 * stream time of its own; what is `retentionMs` or more before it is not found any more.
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
    this.#streamTime = time;
    this.#writtenBefore = time;
  }

  resetTime(streamTime: number): void {
    this.#streamTime = streamTime;
    this.#writtenBefore = streamTime;
  }

  expiredBelow(committedTime: number): string | null {
    const segment = Math.floor((committedTime - this.#retentionMs + 1) / this.#segmentMs);
    return segment <= 0 ? null : startOrder(segment);
  }

  forget(): void {
    // Nothing is derived from the bytes.
  }

  forgetExpired(): void {
    // Nothing is kept in memory beside the writes that are not committed.
  }

  put(key: K, value: V, record: RecordContext): void {
    const { timestamp } = record;
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    else if (timestamp < this.#oldest) {
      this.#expired();
      return;
    }
    const keyBytes = this.#core.keyBytes(key);
    if (timestamp <= this.#writtenBefore) {
      this.#sequence = Math.max(this.#sequence, this.#lastSequence(keyBytes.toString('latin1'), timestamp));
    }
    this.#core.append(this.#next(keyBytes, timestamp), timestamp, value, record);
  }

  fetch(key: K, from: number, to: number): readonly JoinWindowEntry<V>[] {
    const first = Math.max(from, this.#oldest);
    const last = Math.min(to, this.#streamTime);
    const found: JoinWindowEntry<V>[] = [];
    if (last < first) return found;
    const keyText = this.#core.keyBytes(key).toString('latin1');
    this.#scan(keyText, first, last, (at) => found.push({ timestamp: at.timestamp, value: at.value() }));
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

  #scan(keyText: string, first: number, last: number, each: (at: MergedScan<K, V>) => void): void {
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

  get #oldest(): number {
    return Math.max(0, this.#streamTime - this.#retentionMs + 1);
  }

  /** Key, time and the next sequence number: the entry's key in the changelog. */
  #next(key: Buffer, timestamp: number): Buffer {
    this.#sequence = this.#sequence === LAST_SEQUENCE ? 0 : this.#sequence + 1;
    writeInt64(scratch, timestamp, 0);
    scratch.writeInt32BE(this.#sequence, 8);
    return Buffer.concat([key, scratch]);
  }
}
