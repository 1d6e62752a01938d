import { readInt64 } from '../../core/int64.ts';

/** Reads what {@link BytesWriter} writes. Byte fields are views. Throws a RangeError beyond the end. */
export class BytesReader {
  readonly flexible: boolean;
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, flexible: boolean, at = 0) {
    this.#bytes = bytes;
    this.flexible = flexible;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  int8(): number {
    const value = this.#bytes.readInt8(this.#at);
    this.#at += 1;
    return value;
  }

  int16(): number {
    const value = this.#bytes.readInt16BE(this.#at);
    this.#at += 2;
    return value;
  }

  int32(): number {
    const value = this.#bytes.readInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  int64(): number {
    const value = readInt64(this.#bytes, this.#at);
    this.#at += 8;
    return value;
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  nullableString(): string | null {
    const length = this.flexible ? this.unsigned() - 1 : this.int16();
    return length < 0 ? null : this.#take(length).toString('utf8');
  }

  string(): string {
    return this.nullableString() ?? '';
  }

  nullableBytes(): Buffer | null {
    const length = this.flexible ? this.unsigned() - 1 : this.int32();
    return length < 0 ? null : this.#take(length);
  }

  bytes(): Buffer {
    return this.nullableBytes() ?? Buffer.alloc(0);
  }

  /** As Kafka prints a UUID (base64 for URLs), or null for the zero UUID. */
  uuid(): string | null {
    const bytes = this.#take(16);
    return bytes.every((byte) => byte === 0) ? null : bytes.toString('base64url');
  }

  /** A null array reads as an empty one. */
  array<T>(read: () => T): T[] {
    const length = this.flexible ? this.unsigned() - 1 : this.int32();
    const items: T[] = [];
    for (let i = 0; i < length; i++) items.push(read());
    return items;
  }

  /** Skips a tag section where the reader is flexible. */
  tags(): void {
    if (!this.flexible) return;
    const count = this.unsigned();
    for (let i = 0; i < count; i++) {
      this.unsigned();
      this.#take(this.unsigned());
    }
  }

  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  #take(length: number): Buffer {
    const from = this.#at;
    const to = from + length;
    if (to > this.#bytes.length) throw new RangeError(`${length} bytes at ${from} reach over the end of the answer`);
    this.#at = to;
    return this.#bytes.subarray(from, to);
  }
}
