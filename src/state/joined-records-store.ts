import type { RecordContext } from '../core/record.ts';
import type { BackingBatch } from './backing.ts';
import { readInt64, writeInt64 } from '../core/int64.ts';
import type { OwnWrites } from './own-writes.ts';
import { RecentRecords } from './recent-records.ts';
import { JOIN_SUFFIX, segmentMs, startOrder } from './store-layout.ts';
import type { TimedStore } from './timed-store.ts';
import type { StoreCore } from './store-core.ts';
import type { JoinWindowEntry, JoinWindowStore } from './store.ts';

export interface JoinedRecordsOptions<K, V> {
  readonly core: StoreCore<K, V>;
  readonly retentionMs: number;
  /** Told of each record that was dropped because it is past the retention. */
  readonly expired: () => void;
}

/** Where the records of about 200,000 short keys are; of older ones the times are on disk only. */
const INDEX_MAX_BYTES = 12 << 20;
/** Values of records that are on disk as well. */
const VALUES_MAX_BYTES = 8 << 20;
const LAST_SEQUENCE = 0x7fff_ffff;
/** Records of a commit between two pauses. */
const COMMIT_SLICE = 4_096;
const NONE: readonly never[] = Object.freeze([]);

/**
 * The records of one side of a stream-stream join, never cached: a record is written once and not again. The store has a
 * stream time of its own; what is `retentionMs` or more before it is not found any more. The latest records are in memory
 * until they expire, and only those that have not when a commit comes get to the disk. Beyond what memory may take, single
 * values are read from there, and what is older still in order, which costs ten times as much. After a restart what is on the disk is
 * read into memory at once, if it fits.
 */
export class JoinedRecordsStore<K, V> implements JoinWindowStore<K, V>, TimedStore, OwnWrites {
  readonly name: string;
  readonly #core: StoreCore<K, V>;
  readonly #retentionMs: number;
  readonly #segmentMs: number;
  readonly #expired: () => void;
  readonly #recent = new RecentRecords({ indexMaxBytes: INDEX_MAX_BYTES, valuesMaxBytes: VALUES_MAX_BYTES });
  /** What a look-up found; used again by the next one. */
  readonly #found: number[] = [];
  /** Whether it was tried to have in memory what the disk has. */
  #diskRead = false;
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
    this.resetTime(time);
  }

  resetTime(streamTime: number): void {
    this.#streamTime = streamTime;
    this.#writtenBefore = streamTime;
    this.forget();
  }

  expiredBelow(committedTime: number): string | null {
    const segment = Math.floor((committedTime - this.#retentionMs + 1) / this.#segmentMs);
    return segment <= 0 ? null : startOrder(segment);
  }

  forget(): void {
    this.#recent.clear(this.#streamTime + 1);
    this.#diskRead = false;
  }

  forgetExpired(): void {
    this.#recent.forgetBefore(this.#oldestAt(this.#streamTime));
  }

  get uncommittedBytes(): number {
    return this.#recent.uncommittedBytes;
  }

  beginCommit(): void {
    this.#recent.beginCommit();
  }

  async writeTo(batch: BackingBatch, streamTime: number): Promise<void> {
    const oldest = this.#oldestAt(streamTime);
    const { layout, writes } = this.#core;
    let untilPause = COMMIT_SLICE;
    for (const [page, from, to] of this.#recent.toCommit()) {
      for (let at = from; at < to; at++) {
        const time = page.times[at] ?? -1;
        const value = page.value(at);
        if (time < oldest || value === null) continue;
        const order = layout.order(this.#suffixed(page.key(at), time, page.sequences[at] ?? 0), time);
        writes.writeOne(batch, order, value, time);
      }
      untilPause -= to - from;
      if (untilPause > 0) continue;
      untilPause = COMMIT_SLICE;
      await new Promise((resume) => setImmediate(resume));
    }
  }

  endCommit(): void {
    this.#recent.endCommit();
  }

  undoCommit(): void {
    this.#recent.undoCommit();
  }

  put(key: K, value: V, record: RecordContext): void {
    const { timestamp } = record;
    const core = this.#core;
    core.assertOpen();
    if (!this.#diskRead) this.#readDisk();
    if (timestamp > this.#streamTime) this.#streamTime = timestamp;
    const oldest = this.#oldestAt(this.#streamTime);
    if (timestamp < oldest) {
      this.#expired();
      return;
    }
    const keyBytes = core.keyBytes(key);
    const valueBytes = core.valueBytes(value);
    if (timestamp <= this.#writtenBefore) {
      this.#sequence = Math.max(this.#sequence, this.#lastSequence(keyBytes, timestamp));
    }
    this.#sequence = this.#sequence === LAST_SEQUENCE ? 0 : this.#sequence + 1;
    this.#recent.add(keyBytes, valueBytes, timestamp, this.#sequence, oldest);
    core.log(this.#suffixed(keyBytes, timestamp, this.#sequence), valueBytes, timestamp);
  }

  fetch(key: K, from: number, to: number): readonly JoinWindowEntry<V>[] {
    const core = this.#core;
    core.assertOpen();
    if (!this.#diskRead) this.#readDisk();
    const first = Math.max(from, this.#oldestAt(this.#streamTime));
    const last = Math.min(to, this.#streamTime);
    if (last < first) return NONE;
    const keyBytes = core.keyBytes(key);
    const recent = this.#recent;
    const numbers = this.#found;
    numbers.length = 0;
    recent.find(keyBytes, first, last, numbers);
    if (first < recent.completeFrom) return this.#fetchOld(keyBytes, first, last, numbers);
    if (numbers.length === 0) return NONE;
    const found: JoinWindowEntry<V>[] = [];
    let inOrder = true;
    for (let i = numbers.length - 1; i >= 0; i--) {
      const number = numbers[i] ?? -1;
      const timestamp = recent.timeOf(number);
      if (timestamp < (found.at(-1)?.timestamp ?? 0)) inOrder = false;
      found.push({ timestamp, value: this.#valueOf(keyBytes, number) });
    }
    return inOrder ? found : found.sort((one, other) => one.timestamp - other.timestamp);
  }

  /** Has in memory what the disk has, where it fits: after a restart each look-up would have to go there for a window's time. */
  #readDisk(): void {
    this.#diskRead = true;
    if (this.#core.writes.diskEmpty || this.#streamTime < 0) return;
    const recent = this.#recent;
    const oldest = this.#oldestAt(this.#streamTime);
    let sequence = 0;
    recent.clear(0);
    const scan = this.#core.scan({ from: startOrder(Math.floor(oldest / this.#segmentMs)), to: null });
    while (recent.completeFrom === 0 && scan.next()) {
      const order = Buffer.from(scan.order, 'latin1');
      const keyEnd = order.length - JOIN_SUFFIX;
      const time = readInt64(order, keyEnd);
      if (time < oldest) continue;
      const own = order.readInt32BE(keyEnd + 8);
      sequence = Math.max(sequence, own);
      recent.addCommitted(
        order.subarray(8, keyEnd),
        scan.bytes((value) => this.#core.valueBytes(value)),
        time,
        own,
      );
    }
    scan.close();
    if (recent.completeFrom > 0) {
      recent.clear(this.#streamTime + 1);
      return;
    }
    this.#sequence = Math.max(this.#sequence, sequence);
    this.#writtenBefore = -1;
  }

  /** Of a time of which the disk may have more than memory. */
  #fetchOld(key: Buffer, first: number, last: number, numbers: readonly number[]): readonly JoinWindowEntry<V>[] {
    const recent = this.#recent;
    const found: (JoinWindowEntry<V> & { readonly sequence: number })[] = [];
    const known = new Set<string>();
    for (const number of numbers) {
      const [timestamp, sequence] = [recent.timeOf(number), recent.sequenceOf(number)];
      known.add(`${timestamp} ${sequence}`);
      found.push({ timestamp, sequence, value: this.#valueOf(key, number) });
    }
    this.#scan(key, first, Math.min(last, recent.completeFrom - 1), (timestamp, sequence, value) => {
      if (!known.has(`${timestamp} ${sequence}`)) found.push({ timestamp, sequence, value: value() });
    });
    found.sort((one, other) => one.timestamp - other.timestamp || one.sequence - other.sequence);
    return found.map(({ timestamp, value }) => ({ timestamp, value }));
  }

  #valueOf(key: Buffer, number: number): V {
    const recent = this.#recent;
    const bytes = recent.valueOf(number);
    if (bytes !== null) return this.#core.decodeValue(bytes);
    const time = recent.timeOf(number);
    return this.#core.read(this.#suffixed(key, time, recent.sequenceOf(number)), time) as V;
  }

  /** Of what the disk has under that key and time; 0: nothing. */
  #lastSequence(key: Buffer, timestamp: number): number {
    let last = 0;
    this.#scan(key, timestamp, timestamp, (_time, sequence) => {
      last = sequence;
    });
    return last;
  }

  /** What the disk has of a key. */
  #scan(
    key: Buffer,
    first: number,
    last: number,
    each: (timestamp: number, sequence: number, value: () => V) => void,
  ): void {
    const keyText = key.toString('latin1');
    const length = 8 + keyText.length + JOIN_SUFFIX;
    const until = Math.floor(last / this.#segmentMs);
    for (let segment = Math.floor(first / this.#segmentMs); segment <= until; segment++) {
      const prefix = startOrder(segment) + keyText;
      const scan = this.#core.scan({ from: prefix + startOrder(first), to: prefix + startOrder(last + 1) });
      while (scan.next()) {
        // Between the bounds there may be longer keys that begin like this one.
        if (scan.order.length !== length) continue;
        const suffix = Buffer.from(scan.order.slice(-JOIN_SUFFIX), 'latin1');
        each(readInt64(suffix, 0), suffix.readInt32BE(8), () => scan.value());
      }
      scan.close();
    }
  }

  #oldestAt(streamTime: number): number {
    return Math.max(0, streamTime - this.#retentionMs + 1);
  }

  /** Key, time and sequence number: the entry's key in the changelog. */
  #suffixed(key: Buffer, timestamp: number, sequence: number): Buffer {
    const bytes = Buffer.allocUnsafe(key.length + JOIN_SUFFIX);
    bytes.set(key);
    writeInt64(bytes, timestamp, key.length);
    bytes.writeInt32BE(sequence, key.length + 8);
    return bytes;
  }
}
