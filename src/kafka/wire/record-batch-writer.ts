import { writeInt64 } from '../../core/int64.ts';
import type { Headers } from '../../core/record.ts';
import type { Compression } from '../client.ts';
import { codecOf, compressionId } from './compression.ts';
import { crc32c } from './crc32c.ts';
import { ATTRIBUTE_TRANSACTIONAL, BATCH_HEADER_BYTES, BATCH_PREFIX_BYTES, CRC_FROM } from './record-batch-header.ts';
import { varintSize, writeVarint } from './varint.ts';

export interface BatchBuilderOptions {
  /** Default `none`. */
  readonly compression?: Compression;
  /** -1 (default): not idempotent. */
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly transactional?: boolean;
  /** Room to begin with (default 4 KiB); it doubles when needed. */
  readonly initialBytes?: number;
  /** Used instead of new memory: what another builder released. */
  readonly room?: Buffer | undefined;
}

const RELEASED = Buffer.alloc(0);
/** Below this, a loop beats the call into TypedArray.set. */
const COPY_BY_HAND = 32;

/**
 * Writes records into one growing record batch (magic 2), with no object per record. `build` may be called once;
 * the producer fields may be set until then.
 */
export class BatchBuilder {
  producerId: number;
  producerEpoch: number;
  baseSequence: number;
  /** Where the batch's offsets begin: 0 in a produce request (the broker assigns them); a log sets its own. */
  baseOffset = 0;
  readonly #compression: Compression;
  readonly #transactional: boolean;
  #bytes: Buffer;
  #at = BATCH_HEADER_BYTES;
  #count = 0;
  #baseTimestamp = 0;
  #maxTimestamp = 0;

  constructor(options: BatchBuilderOptions = {}) {
    this.#compression = options.compression ?? 'none';
    this.producerId = options.producerId ?? -1;
    this.producerEpoch = options.producerEpoch ?? -1;
    this.baseSequence = options.baseSequence ?? -1;
    this.#transactional = options.transactional ?? false;
    this.#bytes = options.room ?? Buffer.allocUnsafeSlow(Math.max(options.initialBytes ?? 4096, BATCH_HEADER_BYTES));
  }

  get count(): number {
    return this.#count;
  }

  /** Size of the batch so far, header included, before compression. */
  get bytes(): number {
    return this.#at;
  }

  get baseTimestamp(): number {
    return this.#baseTimestamp;
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp;
  }

  /** Copies the record in. */
  append(key: Buffer | null, value: Buffer | null, timestamp: number, headers: Headers): void {
    if (this.#count === 0) {
      this.#baseTimestamp = timestamp;
      this.#maxTimestamp = timestamp;
    } else if (timestamp > this.#maxTimestamp) {
      this.#maxTimestamp = timestamp;
    }
    const timestampDelta = timestamp - this.#baseTimestamp;
    const offsetDelta = this.#count;
    const keyLength = key === null ? -1 : key.length;
    const valueLength = value === null ? -1 : value.length;
    const body =
      1 +
      varintSize(timestampDelta) +
      varintSize(offsetDelta) +
      varintSize(keyLength) +
      (keyLength > 0 ? keyLength : 0) +
      varintSize(valueLength) +
      (valueLength > 0 ? valueLength : 0) +
      (headers.length === 0 ? 1 : headersSize(headers));
    const bytes = this.#room(body + 5);
    let at = writeVarint(bytes, this.#at, body);
    bytes[at++] = 0;
    at = writeVarint(bytes, at, timestampDelta);
    at = writeVarint(bytes, at, offsetDelta);
    at = writeVarint(bytes, at, keyLength);
    if (key !== null) at = copy(key, bytes, at);
    at = writeVarint(bytes, at, valueLength);
    if (value !== null) at = copy(value, bytes, at);
    if (headers.length === 0) bytes[at++] = 0;
    else at = writeHeaders(bytes, at, headers);
    this.#at = at;
    this.#count++;
  }

  /** The finished batch. Without compression it is a view of the builder's own bytes, which are not written again. */
  build(): Buffer {
    let bytes = this.#bytes;
    let end = this.#at;
    if (this.#compression !== 'none') {
      const packed = codecOf(this.#compression).compress(bytes.subarray(BATCH_HEADER_BYTES, end));
      end = BATCH_HEADER_BYTES + packed.length;
      bytes = Buffer.allocUnsafeSlow(end);
      bytes.set(packed, BATCH_HEADER_BYTES);
    }
    writeInt64(bytes, this.baseOffset, 0);
    bytes.writeInt32BE(end - BATCH_PREFIX_BYTES, 8);
    bytes.writeInt32BE(-1, 12);
    bytes[16] = 2;
    bytes.writeInt16BE(compressionId(this.#compression) | (this.#transactional ? ATTRIBUTE_TRANSACTIONAL : 0), 21);
    bytes.writeInt32BE(this.#count - 1, 23);
    writeInt64(bytes, this.#baseTimestamp, 27);
    writeInt64(bytes, this.#maxTimestamp, 35);
    writeInt64(bytes, this.producerId, 43);
    bytes.writeInt16BE(this.producerEpoch, 51);
    bytes.writeInt32BE(this.baseSequence, 53);
    bytes.writeInt32BE(this.#count, 57);
    bytes.writeUInt32BE(crc32c(bytes, CRC_FROM, end), 17);
    return bytes.subarray(0, end);
  }

  /** Gives the memory away, once nobody uses what was built any more. Nothing can be appended after this. */
  release(): Buffer {
    const bytes = this.#bytes;
    this.#bytes = RELEASED;
    return bytes;
  }

  #room(more: number): Buffer {
    const needed = this.#at + more;
    if (needed <= this.#bytes.length) return this.#bytes;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    return grown;
  }
}

/** At least what the record takes in a batch of its own, header of the batch included. */
export function batchSizeOf(key: Buffer | null, value: Buffer | null, headers: Headers): number {
  const payload = (key?.length ?? 0) + (value?.length ?? 0);
  return BATCH_HEADER_BYTES + 26 + payload + (headers.length === 0 ? 1 : headersSize(headers));
}

function headersSize(headers: Headers): number {
  let size = varintSize(headers.length);
  for (const { key, value } of headers) {
    const keyLength = Buffer.byteLength(key);
    size += varintSize(keyLength) + keyLength + varintSize(value === null ? -1 : value.length) + (value?.length ?? 0);
  }
  return size;
}

function writeHeaders(bytes: Buffer, from: number, headers: Headers): number {
  let at = writeVarint(bytes, from, headers.length);
  for (const { key, value } of headers) {
    at = writeVarint(bytes, at, Buffer.byteLength(key));
    at += bytes.write(key, at, 'utf8');
    at = writeVarint(bytes, at, value === null ? -1 : value.length);
    if (value !== null) at = copy(value, bytes, at);
  }
  return at;
}

function copy(from: Buffer, to: Buffer, at: number): number {
  const length = from.length;
  if (length > COPY_BY_HAND) to.set(from, at);
  else for (let i = 0; i < length; i++) to[at + i] = from[i] as number;
  return at + length;
}
