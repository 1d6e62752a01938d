import { writeInt64 } from '../core/int64.ts';
import { crc32c } from '../kafka/wire/crc32c.ts';
import {
  ATTRIBUTE_LOG_APPEND_TIME,
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  CRC_FROM,
  readBatchHeader,
  type BatchHeader,
} from '../kafka/wire/record-batch-header.ts';
import { BatchCursor } from '../kafka/wire/record-batch-reader.ts';
import type { IsolationLevel } from '../kafka/client.ts';
import { compactedSegments } from './compaction.ts';
import { controlBatch } from './control-batch.ts';
import type { KafkaErrorName } from './kafka-error.ts';
import { ProducerStates } from './producer-states.ts';
import type { AbortedTransaction } from './protocol/records.ts';
import { Segment } from './segment.ts';
import type { TopicConfig } from './topic-config.ts';
import { TransactionIndex } from './transaction-index.ts';

export interface Appended {
  readonly error: KafkaErrorName;
  /** Of the batch, also when it was in the log already; -1 with an error. */
  readonly baseOffset: number;
}

export interface LogSlice {
  readonly error: KafkaErrorName;
  readonly records: Buffer;
  readonly nextOffset: number;
  readonly abortedTransactions: readonly AbortedTransaction[];
}

const NOTHING = Buffer.alloc(0);
const FIRST_SEGMENT_BYTES = 4 * 1024;
const MAX_SEGMENT_BYTES = 1024 * 1024;

/**
 * One partition: record batches as their bytes, in segments, with Kafka's rules for what may be appended and what may be
 * read. One replica, so the high watermark is the end offset. Time comes in with the calls.
 */
export class PartitionLog {
  readonly #config: TopicConfig;
  readonly #producers = new ProducerStates();
  readonly #transactions = new TransactionIndex();
  #segments: Segment[] = [];
  #start = 0;
  #end = 0;
  #sizeBytes = 0;
  #compactedBytes = 0;
  /** Called after each change of what can be read. */
  readonly onAdvance = new Set<() => void>();

  constructor(config: TopicConfig) {
    this.#config = config;
  }

  get logStartOffset(): number {
    return this.#start;
  }
  get highWatermark(): number {
    return this.#end;
  }
  get lastStableOffset(): number {
    return this.#transactions.firstOpenOffset() ?? this.#end;
  }
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  endOffset(isolation: IsolationLevel): number {
    return isolation === 'read_committed' ? this.lastStableOffset : this.#end;
  }

  hasOpenTransaction(producerId: number): boolean {
    return this.#transactions.isOpen(producerId);
  }

  /** Appends one batch of a producer. The bytes are copied. */
  append(batch: Buffer, nowMs: number): Appended {
    const header = readHeader(batch);
    if (!header) return refused('CORRUPT_MESSAGE');
    if (batch.length > this.#config.maxMessageBytes) return refused('MESSAGE_TOO_LARGE');
    if (header.isControl || header.count < 1 || header.lastOffsetDelta !== header.count - 1) {
      return refused('INVALID_RECORD');
    }
    if (this.#config.compact && hasNullKey(batch)) return refused('INVALID_RECORD');
    const produced = header.producerId < 0 ? null : producedBatch(header);
    if (produced) {
      const check = this.#producers.check(produced);
      if (check.kind === 'duplicate') return { error: 'NONE', baseOffset: check.baseOffset };
      if (check.kind === 'refused') return refused(check.error);
    }
    const baseOffset = this.#end;
    this.#write(this.#config.logAppendTime ? stamped(batch, nowMs) : batch, baseOffset + header.lastOffsetDelta);
    if (produced) {
      this.#producers.accept(produced, baseOffset);
      if (header.isTransactional) this.#transactions.opened(header.producerId, baseOffset);
    }
    this.#bound(nowMs);
    this.#advanced();
    return { error: 'NONE', baseOffset };
  }

  /** Ends the producer's transaction here. Older epochs of the producer are fenced from now on. */
  appendMarker(producerId: number, producerEpoch: number, committed: boolean, nowMs: number): void {
    const offset = this.#end;
    this.#write(controlBatch(producerId, producerEpoch, committed, nowMs), offset);
    this.#producers.fence(producerId, producerEpoch);
    this.#transactions.ended(producerId, offset, committed);
    this.#advanced();
  }

  /** Whole batches from the one that holds `offset` on; with `atLeastOne`, the first whatever its size. */
  read(offset: number, maxBytes: number, isolation: IsolationLevel, atLeastOne = true): LogSlice {
    if (offset < this.#start || offset > this.#end) return slice('OFFSET_OUT_OF_RANGE', offset);
    const limit = this.endOffset(isolation);
    if (offset >= limit) return slice('NONE', offset);
    const segment = this.#segmentOf(offset);
    if (!segment) return slice('NONE', limit);
    const first = segment.find(offset);
    // After compaction, the next batch may lie behind the last stable offset.
    if (segment.baseOffsetOf(first) >= limit) return slice('NONE', limit);
    const end = segment.runEnd(first, limit, maxBytes);
    if (!atLeastOne && end === first + 1 && segment.view(first, end).length > maxBytes) return slice('NONE', offset);
    const nextOffset = segment.lastOffsetOf(end - 1) + 1;
    return {
      error: 'NONE',
      records: segment.view(first, end),
      nextOffset,
      abortedTransactions:
        isolation === 'read_committed'
          ? this.#transactions.abortedBetween(segment.baseOffsetOf(first), nextOffset)
          : [],
    };
  }

  /** Bytes from `offset` to the end, as far as `enough`. */
  availableBytes(offset: number, isolation: IsolationLevel, enough: number): number {
    const limit = this.endOffset(isolation);
    let bytes = 0;
    for (let next = offset; next < limit && bytes < enough;) {
      const found = this.read(next, enough, isolation);
      if (found.records.length === 0) break;
      bytes += found.records.length;
      next = found.nextOffset;
    }
    return bytes;
  }

  /** The first record at or after that time, or null. */
  offsetForTime(timestampMs: number, isolation: IsolationLevel): { offset: number; timestamp: number } | null {
    const limit = this.endOffset(isolation);
    for (const segment of this.#segments) {
      for (let batch = 0; batch < segment.batches; batch++) {
        if (segment.maxTimestampOf(batch) < timestampMs || segment.lastOffsetOf(batch) < this.#start) continue;
        const records = new BatchCursor(segment.view(batch, batch + 1), { from: this.#start });
        while (records.next()) {
          if (records.offset >= limit) return null;
          if (records.timestamp >= timestampMs) return { offset: records.offset, timestamp: records.timestamp };
        }
      }
    }
    return null;
  }

  /** Deletes what is below `offset` (-1: everything). */
  deleteRecords(offset: number): KafkaErrorName {
    const target = offset === -1 ? this.#end : offset;
    if (target < 0 || target > this.#end) return 'OFFSET_OUT_OF_RANGE';
    if (target > this.#start) this.#startAt(target);
    return 'NONE';
  }

  /**
   * Keeps the last record of each key below the last stable offset, and drops aborted records. Tombstones older than
   * `delete.retention.ms` go too. Nothing happens on a topic without the `compact` policy.
   */
  compact(nowMs: number): void {
    if (!this.#config.compact) return;
    const limit = this.lastStableOffset;
    this.#segments = compactedSegments(this.#segments, {
      from: this.#start,
      limit,
      tombstonesFromMs: nowMs - this.#config.deleteRetentionMs,
      abortedBetween: (from, to) => this.#transactions.abortedBetween(from, to),
    });
    this.#sizeBytes = this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
    this.#compactedBytes = this.#sizeBytes;
  }

  /** Deletes segments that are older than `retention.ms` or beyond `retention.bytes`; never the one being written. */
  enforceRetention(nowMs: number): void {
    if (!this.#config.delete) return;
    const { retentionBytes, retentionMs } = this.#config;
    while (this.#segments.length > 1) {
      const oldest = this.#segments[0];
      if (!oldest || oldest.lastOffset >= this.lastStableOffset) return;
      const tooMuch = retentionBytes >= 0 && this.#sizeBytes - oldest.sizeBytes >= retentionBytes;
      const tooOld = retentionMs >= 0 && newestTimestamp(oldest) < nowMs - retentionMs;
      if (!tooMuch && !tooOld) return;
      this.#startAt(oldest.lastOffset + 1);
    }
  }

  #bound(nowMs: number): void {
    const { retentionBytes, compact } = this.#config;
    if (retentionBytes >= 0 && this.#sizeBytes > retentionBytes) this.enforceRetention(nowMs);
    // Kafka's min.cleanable.dirty.ratio of one half, above a size where a pass is worth it.
    if (compact && this.#sizeBytes > 2 * Math.max(this.#compactedBytes, 4 * MAX_SEGMENT_BYTES)) this.compact(nowMs);
  }

  #write(batch: Buffer, lastOffset: number): void {
    let segment = this.#segments.at(-1);
    if (!segment?.fits(batch.length)) {
      const doubled = Math.min((segment?.capacityBytes ?? FIRST_SEGMENT_BYTES / 2) * 2, MAX_SEGMENT_BYTES);
      segment = new Segment(Math.max(doubled, batch.length));
      this.#segments.push(segment);
    }
    segment.append(batch, this.#end, lastOffset);
    this.#sizeBytes += batch.length;
    this.#end = lastOffset + 1;
  }

  #startAt(offset: number): void {
    this.#start = offset;
    let gone = 0;
    for (const segment of this.#segments) {
      if (segment.lastOffset >= offset) break;
      this.#sizeBytes -= segment.sizeBytes;
      gone++;
    }
    if (gone > 0) this.#segments.splice(0, gone);
    this.#transactions.truncateBefore(offset);
  }

  /** The first segment that ends at or after `offset`. */
  #segmentOf(offset: number): Segment | undefined {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#segments[middle]?.lastOffset ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return this.#segments[low];
  }

  #advanced(): void {
    for (const listener of this.onAdvance) listener();
  }
}

function readHeader(batch: Buffer): BatchHeader | null {
  try {
    const header = readBatchHeader(batch, 0);
    return header.length + BATCH_PREFIX_BYTES === batch.length ? header : null;
  } catch {
    return null;
  }
}

function producedBatch(header: BatchHeader) {
  const { producerId, producerEpoch, baseSequence, count } = header;
  const lastSequence = ProducerStates.lastSequence(baseSequence, count);
  return { producerId, producerEpoch, firstSequence: baseSequence, lastSequence };
}

/** Kafka refuses records without a key on a compacted topic. */
function hasNullKey(batch: Buffer): boolean {
  const records = new BatchCursor(batch);
  while (records.next()) if (records.key() === null) return true;
  return false;
}

/** The batch with the broker's time, for `message.timestamp.type=LogAppendTime`. */
function stamped(batch: Buffer, nowMs: number): Buffer {
  const copy = Buffer.from(batch);
  copy.writeInt16BE(copy.readInt16BE(21) | ATTRIBUTE_LOG_APPEND_TIME, 21);
  writeInt64(copy, nowMs, 35);
  copy.writeUInt32BE(crc32c(copy, CRC_FROM, Math.max(copy.length, BATCH_HEADER_BYTES)), 17);
  return copy;
}

function newestTimestamp(segment: Segment): number {
  let newest = -1;
  for (let batch = 0; batch < segment.batches; batch++) newest = Math.max(newest, segment.maxTimestampOf(batch));
  return newest;
}

function refused(error: KafkaErrorName): Appended {
  return { error, baseOffset: -1 };
}

function slice(error: KafkaErrorName, nextOffset: number): LogSlice {
  return { error, records: NOTHING, nextOffset, abortedTransactions: [] };
}
