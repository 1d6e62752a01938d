import type { Header, RecordContext } from '../core/record.ts';
import { NO_HEADERS } from '../core/record.ts';

const NULL_LENGTH = 0xffff_ffff;

/** Writes the binary layout of records that wait in a store of an operator. All numbers big endian. */
export class ByteWriter {
  readonly #parts: Buffer[] = [];

  u32(value: number): this {
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeUInt32BE(value, 0);
    this.#parts.push(bytes);
    return this;
  }

  f64(value: number): this {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeDoubleBE(value, 0);
    this.#parts.push(bytes);
    return this;
  }

  /** 4 bytes of length (all ones: null), then the bytes. */
  bytes(value: Buffer | null): this {
    this.u32(value === null ? NULL_LENGTH : value.length);
    if (value !== null) this.#parts.push(value);
    return this;
  }

  /** Timestamp, offset (both doubles: -1 and 2^53 fit), partition, topic, headers. */
  record(record: RecordContext): this {
    this.f64(record.timestamp).f64(record.offset).f64(record.partition).bytes(Buffer.from(record.topic));
    this.u32(record.headers.length);
    for (const header of record.headers) this.bytes(Buffer.from(header.key)).bytes(header.value);
    return this;
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** Reads what {@link ByteWriter} wrote. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  f64(): number {
    this.#at += 8;
    return this.#bytes.readDoubleBE(this.#at - 8);
  }

  bytes(): Buffer | null {
    const length = this.u32();
    if (length === NULL_LENGTH) return null;
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError(`${length} bytes announced at ${this.#at}, fewer are there`);
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  text(): string {
    return this.bytes()?.toString() ?? '';
  }

  record(): RecordContext {
    const timestamp = this.f64();
    const offset = this.f64();
    const partition = this.f64();
    const topic = this.text();
    const count = this.u32();
    if (count === 0) return { timestamp, headers: NO_HEADERS, topic, partition, offset };
    const headers: Header[] = [];
    for (let i = 0; i < count; i++) headers.push({ key: this.text(), value: this.bytes() });
    return { timestamp, headers, topic, partition, offset };
  }
}
