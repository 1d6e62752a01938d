import { StreamsError } from '../../core/errors.ts';
import { NO_HEADERS, type Header, type Headers } from '../../core/record.ts';
import type { RecordCursor } from '../client.ts';
import { codecOf } from './compression.ts';
import { crc32c } from './crc32c.ts';
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  CRC_FROM,
  batchSizeAt,
  readBatchHeader,
  type BatchHeader,
} from './record-batch-header.ts';

export { readBatchHeader, type BatchHeader } from './record-batch-header.ts';

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface BatchCursorOptions {
  /** Records below it are skipped: a batch begins where it was written, not where it was asked for. Default 0. */
  readonly from?: number;
  /** The broker's list for these bytes: their records are skipped (read_committed). Default: none are. */
  readonly aborted?: readonly AbortedTransaction[];
}

/** Control records: the key is a version and a type, 0 for abort and 1 for commit (KIP-98). */
const CONTROL_ABORT = 0;

/**
 * Walks the records of a run of batches as a fetch brings them. A last batch that is cut off is left out; control
 * batches are skipped. Bytes are checked when their batch is reached, not before. After an error `next` goes on behind what
 * is damaged: with the next record where that can be found, else with the next batch.
 */
export class BatchCursor implements RecordCursor {
  offset = -1;
  timestamp = -1;
  readonly #run: Buffer;
  readonly #from: number;
  readonly #aborted: AbortedTransaction[];
  readonly #abortedProducers = new Set<number>();
  #nextBatch = 0;
  /** The current batch's records: the run itself, or what was decompressed. */
  #bytes: Buffer;
  #at = 0;
  #end = 0;
  #left = 0;
  #baseOffset = 0;
  #baseTimestamp = 0;
  /** The time of all records of the batch when the broker set it (LogAppendTime), else -1. */
  #appendTime = -1;
  #keyAt = 0;
  #keyLength = -1;
  #valueAt = 0;
  #valueLength = -1;
  #headersAt = 0;

  constructor(run: Buffer, options: BatchCursorOptions = {}) {
    this.#run = run;
    this.#bytes = run;
    this.#from = options.from ?? 0;
    this.#aborted = [...(options.aborted ?? [])].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  next(): boolean {
    for (;;) {
      while (this.#left > 0) {
        this.#left--;
        this.#readRecord();
        if (this.offset >= this.#from) return true;
      }
      if (!this.#enterBatch()) return false;
    }
  }

  key(): Buffer | null {
    return this.#keyLength < 0 ? null : this.#bytes.subarray(this.#keyAt, this.#keyAt + this.#keyLength);
  }

  value(): Buffer | null {
    return this.#valueLength < 0 ? null : this.#bytes.subarray(this.#valueAt, this.#valueAt + this.#valueLength);
  }

  headers(): Headers {
    if (this.#bytes[this.#headersAt] === 0) return NO_HEADERS;
    const after = this.#at;
    this.#at = this.#headersAt;
    try {
      const count = this.#varint();
      const headers: Header[] = [];
      for (let i = 0; i < count; i++) {
        const key = this.#slice(this.#varint())?.toString('utf8') ?? '';
        headers.push({ key, value: this.#slice(this.#varint()) });
      }
      return headers;
    } finally {
      // Also when they are damaged: the record behind this one may be whole.
      this.#at = after;
    }
  }

  #readRecord(): void {
    const length = this.#varint();
    const end = this.#at + length;
    if (length < 0 || end > this.#end) {
      // Where the next one begins is not known.
      this.#left = 0;
      throw this.#corrupt(`a record of ${length} bytes does not fit its batch`);
    }
    this.#at++;
    const timestampDelta = this.#varint();
    this.offset = this.#baseOffset + this.#varint();
    this.timestamp = this.#appendTime >= 0 ? this.#appendTime : this.#baseTimestamp + timestampDelta;
    this.#keyLength = this.#varint();
    this.#keyAt = this.#at;
    if (this.#keyLength > 0) this.#at += this.#keyLength;
    this.#valueLength = this.#varint();
    this.#valueAt = this.#at;
    if (this.#valueLength > 0) this.#at += this.#valueLength;
    this.#headersAt = this.#at;
    const fits = this.#at < end;
    this.#at = end;
    if (!fits)
      throw this.#corrupt(`the fields of the record at ${this.offset} do not fit its length`, undefined, this.offset);
  }

  /** Moves to the next batch whose records are to be seen. */
  #enterBatch(): boolean {
    for (;;) {
      const at = this.#nextBatch;
      const size = batchSizeAt(this.#run, at);
      if (size === null) return false;
      if (size >= BATCH_HEADER_BYTES && at + size > this.#run.length) return false;
      this.#nextBatch = at + size;
      const header = readBatchHeader(this.#run, at);
      this.#baseOffset = header.baseOffset;
      if (header.baseOffset + header.lastOffsetDelta < this.#from && !header.isControl) continue;
      if (crc32c(this.#run, at + CRC_FROM, at + size) !== header.crc) throw this.#corrupt('its checksum is wrong');
      if (this.#isHidden(header, at)) continue;
      this.#open(header, at, size);
      return true;
    }
  }

  #isHidden(header: BatchHeader, at: number): boolean {
    if (this.#aborted.length > 0 || this.#abortedProducers.size > 0) {
      const last = header.baseOffset + header.lastOffsetDelta;
      for (let first = this.#aborted[0]; first !== undefined && first.firstOffset <= last; first = this.#aborted[0]) {
        this.#abortedProducers.add(first.producerId);
        this.#aborted.shift();
      }
      if (header.isControl) {
        if (controlType(this.#run, at) === CONTROL_ABORT) this.#abortedProducers.delete(header.producerId);
      } else if (header.isTransactional && this.#abortedProducers.has(header.producerId)) {
        return true;
      }
    }
    return header.isControl;
  }

  #open(header: BatchHeader, at: number, size: number): void {
    if (header.compression === 'none') {
      this.#bytes = this.#run;
      this.#at = at + BATCH_HEADER_BYTES;
      this.#end = at + size;
    } else {
      this.#bytes = this.#decompressed(header, at, size);
      this.#at = 0;
      this.#end = this.#bytes.length;
    }
    this.#left = header.count;
    this.#baseTimestamp = header.baseTimestamp;
    this.#appendTime = header.timestampType === 'logAppend' ? header.maxTimestamp : -1;
  }

  #decompressed(header: BatchHeader, at: number, size: number): Buffer {
    if (header.compression === 'none') return this.#run;
    const codec = codecOf(header.compression);
    try {
      return codec.decompress(this.#run.subarray(at + BATCH_HEADER_BYTES, at + size));
    } catch (cause) {
      throw this.#corrupt(`its ${header.compression} bytes cannot be decompressed`, cause);
    }
  }

  #slice(length: number): Buffer | null {
    if (length < 0) return null;
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#end) throw this.#corrupt(`a header of the record at ${this.offset} does not fit`);
    return this.#bytes.subarray(from, this.#at);
  }

  #varint(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let byte = bytes[at++] as number;
    if (byte < 0x80) {
      this.#at = at;
      return (byte >>> 1) ^ -(byte & 1);
    }
    let zigzag = byte & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      byte = bytes[at++] as number;
      zigzag |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.#at = at;
        return (zigzag >>> 1) ^ -(zigzag & 1);
      }
    }
    let large = zigzag;
    for (let scale = 2 ** 28; at < this.#end; scale *= 128) {
      byte = bytes[at++] as number;
      large += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.#at = at;
        return large % 2 === 0 ? large / 2 : -(large + 1) / 2;
      }
    }
    throw this.#corrupt('a number runs over its end');
  }

  #corrupt(what: string, cause?: unknown, offset = this.#baseOffset): StreamsError {
    return new StreamsError('CORRUPT_RECORD', `the record batch at offset ${this.#baseOffset} is damaged: ${what}`, {
      offset,
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

function controlType(bytes: Buffer, at: number): number {
  // A control batch is never compressed and holds one record: length, attributes, two deltas (one byte each), key length, key.
  const record = at + BATCH_HEADER_BYTES;
  return bytes.readInt16BE(record + 7);
}

export interface RunEnd {
  /** Offset after the last whole batch, or -1 when there is none. */
  readonly nextOffset: number;
  /** Bytes of the whole batches. */
  readonly bytes: number;
}

/** Where a run of batches ends, from the headers alone. @throws CORRUPT_RECORD */
export function runEnd(run: Buffer): RunEnd {
  let at = 0;
  let nextOffset = -1;
  for (let size = batchSizeAt(run, at); size !== null && at + size <= run.length; size = batchSizeAt(run, at)) {
    const header = readBatchHeader(run, at);
    nextOffset = header.baseOffset + header.lastOffsetDelta + 1;
    at += BATCH_PREFIX_BYTES + header.length;
  }
  return { nextOffset, bytes: at };
}
