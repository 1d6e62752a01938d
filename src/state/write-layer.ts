import { readInt64, writeInt64 } from './int64.ts';
import { SortedKeys } from './sorted-keys.ts';

/** Values share chunks of this size; a larger one has a chunk of its own. */
const CHUNK_BYTES = 64 * 1024;
/** Before each value stand its length (4 bytes; all ones: a delete) and its time (8 bytes). */
const TIME_AT = 4;
const VALUE_AT = 12;
const DELETED = 0xffff_ffff;
/** Estimate of what one key costs beside its characters and its value: string, entry of the map. */
const KEY_OVERHEAD_BYTES = 64;

/** A write that is not committed; `value` null deletes. */
export interface PendingWrite {
  readonly value: Buffer | null;
  readonly timestamp: number;
}

/**
 * Writes since one moment, by key (bytes as latin1), and their order once somebody asked for it. Values are copied into
 * few large chunks: a Buffer and an object for each would take several times a small value's bytes, and the garbage
 * collector's time with them.
 */
export class WriteLayer {
  readonly #places = new Map<string, number>();
  readonly #chunks: Buffer[] = [];
  /** Where the next value goes in the last chunk. */
  #end = CHUNK_BYTES;
  #sorted: SortedKeys | null = null;
  /** What the layer takes, an estimate; room of values that were replaced by longer ones included. */
  bytes = 0;

  set(key: string, value: Buffer | null, timestamp: number): void {
    const length = value?.length ?? 0;
    let place = this.#places.get(key);
    if (place === undefined) {
      this.#sorted?.add(key);
      this.bytes += key.length + KEY_OVERHEAD_BYTES;
    }
    if (place === undefined || this.#lengthAt(place) < length) {
      place = this.#room(VALUE_AT + length);
      this.#places.set(key, place);
    }
    const chunk = this.#chunkOf(place);
    const at = place % CHUNK_BYTES;
    chunk.writeUInt32BE(value === null ? DELETED : length, at);
    writeInt64(chunk, timestamp, at + TIME_AT);
    if (value !== null) chunk.set(value, at + VALUE_AT);
  }

  /** A copy of the write: what is in the chunks changes with the next one. */
  get(key: string): PendingWrite | undefined {
    const place = this.#places.get(key);
    if (place === undefined) return undefined;
    const value = this.valueAt(place);
    return { value: value === null ? null : Buffer.from(value), timestamp: this.timeAt(place) };
  }

  /** The keys, and where their values are: for {@link valueAt} and its like. */
  places(): Iterable<[string, number]> {
    return this.#places;
  }

  timeAt(place: number): number {
    return readInt64(this.#chunkOf(place), (place % CHUNK_BYTES) + TIME_AT);
  }

  /** A view that the next write of the key changes; null: the key is deleted. */
  valueAt(place: number): Buffer | null {
    return this.#view(place, VALUE_AT);
  }

  /** As {@link valueAt}, with the time in front (8 bytes), as stores keep it that have times. */
  timedValueAt(place: number): Buffer | null {
    return this.#view(place, TIME_AT);
  }

  sorted(): SortedKeys {
    return (this.#sorted ??= new SortedKeys(this.#places.keys()));
  }

  #view(place: number, from: number): Buffer | null {
    const chunk = this.#chunkOf(place);
    const at = place % CHUNK_BYTES;
    const length = chunk.readUInt32BE(at);
    return length === DELETED ? null : chunk.subarray(at + from, at + VALUE_AT + length);
  }

  #chunkOf(place: number): Buffer {
    return this.#chunks[Math.floor(place / CHUNK_BYTES)] as Buffer;
  }

  #lengthAt(place: number): number {
    const length = this.#chunkOf(place).readUInt32BE(place % CHUNK_BYTES);
    return length === DELETED ? 0 : length;
  }

  #room(bytes: number): number {
    if (this.#end + bytes > CHUNK_BYTES) {
      this.#chunks.push(Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, bytes)));
      this.#end = 0;
    }
    const place = (this.#chunks.length - 1) * CHUNK_BYTES + this.#end;
    // Behind a value that has a chunk of its own there is no room.
    this.#end += bytes;
    this.bytes += bytes;
    return place;
  }
}
