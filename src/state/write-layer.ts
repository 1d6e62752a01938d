import { readInt64, writeInt64 } from '../core/int64.ts';
import type { ReusedBytes } from './reused-bytes.ts';
import { copyBytes, ORDER_AT, ScratchKey } from './scratch-key.ts';
import { SortedKeys } from './sorted-keys.ts';

/** Writes share chunks of this size; a larger one has a chunk of its own. */
const CHUNK_BYTES = 64 * 1024;
/** A write: lengths of value (4 bytes; all ones: a delete) and key (4), key with the store's number, time (8), value. */
const KEY_LENGTH_AT = 4;
const KEY_AT = 8;
const TIME_BYTES = 8;
const DELETED = 0xffff_ffff;
const FIRST_SLOTS = 64;
/** What one key takes beside its bytes: its place, and its slot in a table that is half full. */
const KEY_OVERHEAD_BYTES = 32;

/** A write that is not committed; `value` null deletes. */
export interface PendingWrite {
  readonly value: Buffer | null;
  readonly timestamp: number;
}

/**
 * Writes since one moment, by key, and their order once somebody asked for it. Keys and values are copied into few large
 * chunks and found through a table of hashes: with a string, a Buffer and an entry of a Map for each the collector would
 * have millions of objects to look after.
 */
export class WriteLayer {
  /** For each slot a hash and the number of the write that has it, from 1; 0: free. */
  #slots: Int32Array;
  /** Where each write is, in the order the keys came. */
  readonly #places: number[] = [];
  readonly #chunks: Buffer[] = [];
  /** Where the next write goes in the last chunk. */
  #end = CHUNK_BYTES;
  #sorted: SortedKeys | null = null;
  /** What the layer takes, an estimate; room of values that were replaced by longer ones included. */
  bytes = 0;

  /** `expected` keys find room without the table growing. */
  constructor(expected = 0) {
    let slots = FIRST_SLOTS;
    while (slots < 2 * expected) slots *= 2;
    this.#slots = new Int32Array(2 * slots);
  }

  /** How many keys there are. */
  get count(): number {
    return this.#places.length;
  }

  set(key: ScratchKey, value: Buffer | null, timestamp: number): void {
    const length = value === null ? 0 : value.length;
    const hash = key.hash();
    const slot = this.#slotOf(key, hash);
    const write = (this.#slots[slot + 1] as number) - 1;
    let place: number;
    if (write < 0) {
      place = this.#append(key, length);
      this.#places.push(place);
      this.#slots[slot] = hash;
      this.#slots[slot + 1] = this.#places.length;
      this.bytes += KEY_OVERHEAD_BYTES;
      this.#sorted?.add(key.text());
      if (this.#places.length * 4 > this.#slots.length) this.#grow();
    } else {
      place = this.#places[write] as number;
      if (this.#lengthAt(place) < length) {
        place = this.#append(key, length);
        this.#places[write] = place;
      }
    }
    const chunk = this.#chunkOf(place);
    const at = place % CHUNK_BYTES;
    chunk.writeUInt32BE(value === null ? DELETED : length, at);
    const timeAt = at + KEY_AT + key.end;
    writeInt64(chunk, timestamp, timeAt);
    if (value !== null) copyBytes(value, 0, length, chunk, timeAt + TIME_BYTES);
  }

  /** A copy of the write: what is in the chunks changes with the next one. */
  get(key: ScratchKey): PendingWrite | undefined {
    const write = (this.#slots[this.#slotOf(key, key.hash()) + 1] as number) - 1;
    if (write < 0) return undefined;
    const value = this.valueAt(write);
    return { value: value === null ? null : Buffer.from(value), timestamp: this.timeAt(write) };
  }

  /** Makes `key` that of a write; writes are numbered from 0 in the order their keys came. */
  readKey(write: number, key: ScratchKey): void {
    const place = this.#places[write] as number;
    const chunk = this.#chunkOf(place);
    const at = place % CHUNK_BYTES;
    key.setBytes(chunk, at + KEY_AT, chunk.readUInt32BE(at + KEY_LENGTH_AT));
  }

  timeAt(write: number): number {
    const place = this.#places[write] as number;
    return readInt64(this.#chunkOf(place), this.#timeAt(place));
  }

  /** A view that the next write of the key changes; null: the key is deleted. */
  valueAt(write: number): Buffer | null {
    const place = this.#places[write] as number;
    const length = this.#lengthOf(place);
    if (length === DELETED) return null;
    const at = this.#timeAt(place) + TIME_BYTES;
    return this.#chunkOf(place).subarray(at, at + length);
  }

  /** Copies the value, with the time in front (8 bytes) for stores that keep it so; null: the key is deleted. */
  readValue(write: number, timed: boolean, into: ReusedBytes): Buffer | null {
    const place = this.#places[write] as number;
    const length = this.#lengthOf(place);
    if (length === DELETED) return null;
    const from = this.#timeAt(place) + (timed ? 0 : TIME_BYTES);
    const bytes = into.take(length + (timed ? TIME_BYTES : 0));
    copyBytes(this.#chunkOf(place), from, bytes.length, bytes, 0);
    return bytes;
  }

  sorted(): SortedKeys {
    if (this.#sorted !== null) return this.#sorted;
    // Whoever reads an empty layer, as stores do when they are opened, shall not have all later writes kept in order.
    if (this.count === 0) return new SortedKeys();
    const key = new ScratchKey(0);
    const keys = this.#places.map((_place, write) => {
      this.readKey(write, key);
      return key.text();
    });
    this.#sorted = new SortedKeys(keys);
    return this.#sorted;
  }

  /** The slot that has the key, or the free one where it belongs. */
  #slotOf(key: ScratchKey, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const write = slots[2 * i + 1] as number;
      if (write === 0 || (slots[2 * i] === hash && this.#hasKey(write - 1, key))) return 2 * i;
    }
  }

  #hasKey(write: number, { bytes, end }: ScratchKey): boolean {
    const place = this.#places[write] as number;
    const chunk = this.#chunkOf(place);
    const at = place % CHUNK_BYTES;
    if (chunk.readUInt32BE(at + KEY_LENGTH_AT) !== end) return false;
    const keyAt = at + KEY_AT;
    for (let i = ORDER_AT; i < end; i++) if (chunk[keyAt + i] !== bytes[i]) return false;
    return true;
  }

  #grow(): void {
    const before = this.#slots;
    const slots = new Int32Array(before.length * 2);
    const mask = slots.length / 2 - 1;
    for (let from = 0; from < before.length; from += 2) {
      const write = before[from + 1] as number;
      if (write === 0) continue;
      const hash = before[from] as number;
      let i = hash & mask;
      while (slots[2 * i + 1] !== 0) i = (i + 1) & mask;
      slots[2 * i] = hash;
      slots[2 * i + 1] = write;
    }
    this.#slots = slots;
  }

  #chunkOf(place: number): Buffer {
    return this.#chunks[Math.floor(place / CHUNK_BYTES)] as Buffer;
  }

  #timeAt(place: number): number {
    const at = place % CHUNK_BYTES;
    return at + KEY_AT + this.#chunkOf(place).readUInt32BE(at + KEY_LENGTH_AT);
  }

  /** {@link DELETED}, or the value's. */
  #lengthOf(place: number): number {
    return this.#chunkOf(place).readUInt32BE(place % CHUNK_BYTES);
  }

  #lengthAt(place: number): number {
    const length = this.#lengthOf(place);
    return length === DELETED ? 0 : length;
  }

  /** Room for a write, with its key in it. */
  #append({ bytes, end }: ScratchKey, valueLength: number): number {
    const size = KEY_AT + end + TIME_BYTES + valueLength;
    if (this.#end + size > CHUNK_BYTES) {
      this.#chunks.push(Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, size)));
      this.#end = 0;
    }
    const at = this.#end;
    const place = (this.#chunks.length - 1) * CHUNK_BYTES + at;
    const chunk = this.#chunkOf(place);
    chunk.writeUInt32BE(end, at + KEY_LENGTH_AT);
    copyBytes(bytes, 0, end, chunk, at + KEY_AT);
    // Behind a write that has a chunk of its own there is no room.
    this.#end += size;
    this.bytes += size;
    return place;
  }
}
