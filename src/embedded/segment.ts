import { readInt64, writeInt64 } from '../core/int64.ts';

/** Where the maximum timestamp is in a batch (protocol guide, "Record Batch"). */
const MAX_TIMESTAMP_AT = 35;

/**
 * A contiguous piece of a log: whole batches, one behind the other, so that a fetch is one view and nothing is copied on
 * the way out. Bytes that were written are never written again.
 */
export class Segment {
  readonly #bytes: Buffer;
  /** Of each batch: where it begins, and its last offset. */
  readonly #positions: number[] = [];
  readonly #lastOffsets: number[] = [];
  #used = 0;

  constructor(capacityBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(capacityBytes);
  }

  get sizeBytes(): number {
    return this.#used;
  }
  get capacityBytes(): number {
    return this.#bytes.length;
  }
  get batches(): number {
    return this.#positions.length;
  }
  /** -1 when it is empty. */
  get lastOffset(): number {
    return this.#lastOffsets.at(-1) ?? -1;
  }

  fits(bytes: number): boolean {
    return this.#used + bytes <= this.#bytes.length;
  }

  /** Copies a batch in, under that base offset. Neither field is under the batch's checksum. */
  append(batch: Buffer, baseOffset: number, lastOffset: number): void {
    const at = this.#used;
    this.#bytes.set(batch, at);
    writeInt64(this.#bytes, baseOffset, at);
    this.#bytes.writeInt32BE(0, at + 12);
    this.#positions.push(at);
    this.#lastOffsets.push(lastOffset);
    this.#used = at + batch.length;
  }

  /** The index of the first batch whose last offset is at or after `offset`; the number of batches when there is none. */
  find(offset: number): number {
    let low = 0;
    let high = this.#lastOffsets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#lastOffsets[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The index after the last batch of those from `first` that end below `limit` and within `maxBytes`; at least one batch. */
  runEnd(first: number, limit: number, maxBytes: number): number {
    const from = this.#positions[first] ?? this.#used;
    let low = first + 1;
    let high = this.#positions.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#positions[middle] ?? this.#used) - from <= maxBytes) low = middle;
      else high = middle - 1;
    }
    return Math.min(low, Math.max(first + 1, this.find(limit)));
  }

  /** The batches `[first, end)` as one view. */
  view(first: number, end: number): Buffer {
    return this.#bytes.subarray(this.#positions[first] ?? this.#used, this.#positions[end] ?? this.#used);
  }

  baseOffsetOf(batch: number): number {
    return readInt64(this.#bytes, this.#positions[batch] ?? 0);
  }
  lastOffsetOf(batch: number): number {
    return this.#lastOffsets[batch] ?? -1;
  }
  maxTimestampOf(batch: number): number {
    return readInt64(this.#bytes, (this.#positions[batch] ?? 0) + MAX_TIMESTAMP_AT);
  }
}
