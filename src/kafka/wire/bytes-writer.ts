import { writeInt64 } from '../../core/int64.ts';

/** Longer values are not copied. */
const COPY_AT_MOST_BYTES = 2_048;

/**
 * Writes Kafka's primitive types (protocol guide, "Protocol Primitive Types") into a growing buffer. A flexible writer
 * uses the compact forms and writes tag sections (KIP-482), so that one description of a request serves both.
 */
export class BytesWriter {
  readonly flexible: boolean;
  #bytes: Buffer;
  #at = 0;
  /** What comes before `#bytes` from `#from` on. */
  readonly #before: Buffer[] = [];
  #from = 0;

  constructor(flexible: boolean, initialBytes = 256) {
    this.flexible = flexible;
    this.#bytes = Buffer.allocUnsafe(initialBytes);
  }

  int8(value: number): this {
    this.#room(1);
    this.#at = this.#bytes.writeInt8(value, this.#at);
    return this;
  }

  int16(value: number): this {
    this.#room(2);
    this.#at = this.#bytes.writeInt16BE(value, this.#at);
    return this;
  }

  int32(value: number): this {
    this.#room(4);
    this.#at = this.#bytes.writeInt32BE(value, this.#at);
    return this;
  }

  int64(value: number): this {
    this.#room(8);
    writeInt64(this.#bytes, value, this.#at);
    this.#at += 8;
    return this;
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

  string(value: string | null): this {
    if (value === null) return this.flexible ? this.unsigned(0) : this.int16(-1);
    const length = Buffer.byteLength(value);
    if (this.flexible) this.unsigned(length + 1);
    else this.int16(length);
    this.#room(length);
    this.#at += this.#bytes.write(value, this.#at, 'utf8');
    return this;
  }

  /** A long value is referred to, not copied: it must not change before the bytes are sent. */
  bytes(value: Uint8Array | null): this {
    if (value === null) return this.flexible ? this.unsigned(0) : this.int32(-1);
    if (this.flexible) this.unsigned(value.length + 1);
    else this.int32(value.length);
    return this.raw(value);
  }

  raw(value: Uint8Array): this {
    if (value.length > COPY_AT_MOST_BYTES) {
      this.#before.push(
        this.#bytes.subarray(this.#from, this.#at),
        Buffer.from(value.buffer, value.byteOffset, value.length),
      );
      this.#from = this.#at;
      return this;
    }
    this.#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  array<T>(items: readonly T[] | null, write: (item: T) => void): this {
    const length = items === null ? -1 : items.length;
    if (this.flexible) this.unsigned(length + 1);
    else this.int32(length);
    for (const item of items ?? []) write(item);
    return this;
  }

  /** The end of a structure: an empty tag section where the writer is flexible. */
  tags(): this {
    return this.flexible ? this.unsigned(0) : this;
  }

  unsigned(value: number): this {
    this.#room(5);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
    return this;
  }

  /** What was written, in one piece. */
  written(): Buffer {
    const pieces = this.pieces();
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }

  /** What was written: views that together are {@link written}. */
  pieces(): Buffer[] {
    return [...this.#before, this.#bytes.subarray(this.#from, this.#at)];
  }

  #room(more: number): void {
    const needed = this.#at + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}
