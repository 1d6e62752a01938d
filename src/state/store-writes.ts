import type { Backing, BackingBatch } from './backing.ts';
import { readInt64, writeInt64 } from '../core/int64.ts';
import { ReusedBytes } from './reused-bytes.ts';
import { copyBytes, ORDER_AT, ScratchKey } from './scratch-key.ts';
import { type PendingWrite, WriteLayer } from './write-layer.ts';

/** Operations between two pauses of a commit, so that records are processed in between. */
const COMMIT_SLICE = 4096;
/** The next layer begins with room for as many keys as the last one had, up to this. */
const MOST_EXPECTED = 4096;

/** What a store keeps for one key: the value's bytes, and for stores that keep it the value's time. */
export interface StoredValue {
  readonly value: Buffer;
  readonly timestamp: number;
}

/**
 * One store's bytes: the committed ones in the backing, and over them up to two layers of writes: those that a running
 * commit is putting to disk, and those since. On disk a key is the store's number (2 bytes) and the store's key; a value
 * that has a time begins with it (8 bytes), as in Kafka Streams.
 */
export class StoreWrites {
  readonly backing: Backing;
  readonly #timestamped: boolean;
  #current = new WriteLayer();
  #committing: WriteLayer | null = null;
  /** Known while nothing was committed yet: what is not in memory need not be looked for on disk. */
  #diskEmpty = false;
  #valueScratch = Buffer.alloc(1024);
  /** The one used last. */
  #valueView = this.#valueScratch.subarray(0, 0);
  /** The key that {@link find} and {@link write} are about: whoever calls them composes it here first. */
  readonly key: ScratchKey;
  readonly #number: number;

  constructor(backing: Backing, number: number, timestamped: boolean) {
    this.backing = backing;
    this.#timestamped = timestamped;
    this.#number = number;
    this.key = new ScratchKey(number);
  }

  /** Looks whether the disk has anything of this store. */
  async look(): Promise<void> {
    this.#diskEmpty = await this.backing.isEmpty(this.diskBytes(''), this.end());
  }

  /** Whether the disk has nothing of this store; false: it may have something. */
  get diskEmpty(): boolean {
    return this.#diskEmpty;
  }

  get(key: string): StoredValue | null {
    this.key.setText(key);
    return this.find();
  }

  /** What {@link key} has. */
  find(): StoredValue | null {
    const { key } = this;
    const write = this.#current.get(key) ?? this.#committing?.get(key);
    if (write !== undefined) return write.value === null ? null : (write as StoredValue);
    if (this.#diskEmpty) return null;
    const bytes = this.backing.get(key.view());
    return bytes === undefined ? null : this.decode(bytes);
  }

  /** Estimate of the current layer's size. */
  get bytes(): number {
    return this.#current.bytes;
  }

  /** The value is copied. */
  put(key: string, value: Buffer | null, timestamp: number): void {
    this.key.setText(key);
    this.write(value, timestamp);
  }

  /** As {@link put}, to {@link key}. */
  write(value: Buffer | null, timestamp: number): void {
    this.#current.set(this.key, value, timestamp);
  }

  /** What a layer has of a key. */
  pending(layer: WriteLayer, key: string): PendingWrite | undefined {
    return layer.get(this.key.setText(key));
  }

  /** The layers a scan has to look at, newest first. */
  layers(): WriteLayer[] {
    return this.#committing === null ? [this.#current] : [this.#current, this.#committing];
  }

  /** Where a store's key stands on disk. The buffer is used again by the next call. */
  diskKey(key: string): Buffer {
    return this.key.setText(key).view();
  }

  /** {@link diskKey} in a buffer of its own. */
  diskBytes(key: string): Buffer {
    return Buffer.from(this.diskKey(key));
  }

  /** Above every key of this store, below those of the next. */
  end(): Buffer {
    const end = Buffer.alloc(2);
    end.writeUInt16BE(this.#number + 1, 0);
    return end;
  }

  decode(bytes: Buffer): StoredValue {
    if (!this.#timestamped) return { value: bytes, timestamp: -1 };
    return { value: bytes.subarray(8), timestamp: readInt64(bytes, 0) };
  }

  beginCommit(): void {
    this.#committing = this.#current;
    if (this.#committing.count > 0) this.#diskEmpty = false;
    this.#current = new WriteLayer(Math.min(this.#committing.count, MOST_EXPECTED));
  }

  /**
   * Puts the layer of {@link beginCommit} into the batch, letting others run now and then. Keys below `from` are left
   * out: they have expired, and what the disk has of them is deleted next.
   */
  async writeTo(batch: BackingBatch, from: string): Promise<void> {
    const layer = this.#committing;
    if (layer === null) return;
    // Not the key of the reads: records are processed in the pauses.
    const key = new ScratchKey(this.#number);
    const values = new ReusedBytes();
    let untilPause = COMMIT_SLICE;
    for (let write = 0; write < layer.count; write++) {
      layer.readKey(write, key);
      if (from !== '' && key.text() < from) continue;
      const value = layer.readValue(write, this.#timestamped, values);
      if (value === null) batch.delete(key.view());
      else batch.put(key.view(), value);
      if (--untilPause > 0) continue;
      untilPause = COMMIT_SLICE;
      await new Promise((resume) => setImmediate(resume));
    }
  }

  writeOne(batch: BackingBatch, key: string, value: Buffer | null, timestamp: number): void {
    this.#write(batch, this.diskKey(key), value, timestamp);
  }

  /** {@link writeOne} for a key of bytes. */
  writeBytes(batch: BackingBatch, key: Buffer, value: Buffer | null, timestamp: number): void {
    copyBytes(key, 0, key.length, this.key.begin(key.length), ORDER_AT);
    this.#write(batch, this.key.view(), value, timestamp);
  }

  endCommit(): void {
    this.#committing = null;
  }

  /** The commit failed: its writes are uncommitted again, below those made since. */
  undoCommit(): void {
    const newer = this.#current;
    this.#current = this.#committing ?? new WriteLayer();
    this.#committing = null;
    for (let write = 0; write < newer.count; write++) {
      newer.readKey(write, this.key);
      this.#current.set(this.key, newer.valueAt(write), newer.timeAt(write));
    }
  }

  rollback(): void {
    this.#current = new WriteLayer();
  }

  #write(batch: BackingBatch, diskKey: Buffer, value: Buffer | null, timestamp: number): void {
    this.#diskEmpty = false;
    if (value === null) batch.delete(diskKey);
    else batch.put(diskKey, this.#timestamped ? this.#withTime(value, timestamp) : value);
  }

  #withTime(value: Buffer, timestamp: number): Buffer {
    const length = value.length + 8;
    if (length > this.#valueScratch.length) this.#valueScratch = Buffer.alloc(length * 2);
    writeInt64(this.#valueScratch, timestamp, 0);
    this.#valueScratch.set(value, 8);
    if (this.#valueView.length !== length || this.#valueView.buffer !== this.#valueScratch.buffer) {
      this.#valueView = this.#valueScratch.subarray(0, length);
    }
    return this.#valueView;
  }
}
