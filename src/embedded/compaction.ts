import { codecOf } from '../kafka/wire/compression.ts';
import { crc32c } from '../kafka/wire/crc32c.ts';
import {
  ATTRIBUTE_COMPRESSION,
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  CRC_FROM,
  readBatchHeader,
  type BatchHeader,
} from '../kafka/wire/record-batch-header.ts';
import { BatchCursor, type AbortedTransaction } from '../kafka/wire/record-batch-reader.ts';
import { Segment } from './segment.ts';

export interface CompactionOptions {
  /** The log's start: what is below goes. */
  readonly from: number;
  /** The last stable offset: what is at or above stays as it is. */
  readonly limit: number;
  /** Tombstones older than this go, in ms since the epoch. */
  readonly tombstonesFromMs: number;
  /** The aborted transactions with records in `[from, to)`. */
  readonly abortedBetween: (from: number, to: number) => readonly AbortedTransaction[];
}

/**
 * The segments with the last record of each key only. Offsets do not change. Abort markers stay, since a reader needs
 * them to see the producer's next transaction; commit markers go.
 */
export function compactedSegments(segments: readonly Segment[], options: CompactionOptions): Segment[] {
  const newest = newestOffsets(segments, options);
  const kept: Segment[] = [];
  let segment: Segment | null = null;
  for (const source of segments) {
    for (let i = 0; i < source.batches; i++) {
      const batch = source.view(i, i + 1);
      const lastOffset = source.lastOffsetOf(i);
      const filtered =
        source.baseOffsetOf(i) >= options.limit ? batch : filteredBatch(batch, lastOffset, newest, options);
      if (!filtered) continue;
      if (!segment?.fits(filtered.length)) {
        segment = new Segment(Math.max(source.capacityBytes, filtered.length));
        kept.push(segment);
      }
      segment.append(filtered, source.baseOffsetOf(i), lastOffset);
    }
  }
  return kept;
}

/** The offset of the last record of each key, by the key's bytes as Latin-1 text. */
function newestOffsets(segments: readonly Segment[], options: CompactionOptions): Map<string, number> {
  const newest = new Map<string, number>();
  for (const segment of segments) {
    const run = segment.view(0, segment.batches);
    const aborted = options.abortedBetween(segment.baseOffsetOf(0), segment.lastOffset + 1);
    const records = new BatchCursor(run, { from: options.from, aborted });
    while (records.next() && records.offset < options.limit) {
      const key = records.key();
      if (key) newest.set(key.toString('latin1'), records.offset);
    }
  }
  return newest;
}

function filteredBatch(
  batch: Buffer,
  lastOffset: number,
  newest: ReadonlyMap<string, number>,
  options: CompactionOptions,
): Buffer | null {
  const header = readBatchHeader(batch, 0);
  if (header.isControl) return isAbortMarker(batch) && lastOffset >= options.from ? batch : null;
  const kept: boolean[] = [];
  let count = 0;
  const records = new BatchCursor(batch);
  while (records.next()) {
    const key = records.key();
    // An aborted record is never the newest of its key, since its offset was not looked at.
    const isNewest = key !== null && newest.get(key.toString('latin1')) === records.offset;
    const isKept = isNewest && (records.value() !== null || records.timestamp >= options.tombstonesFromMs);
    kept.push(isKept);
    if (isKept) count++;
  }
  if (count === 0) return null;
  return count === header.count ? batch : rewritten(batch, header, kept, count);
}

/** The batch without the records that are not kept; uncompressed. The others keep their deltas, so their offsets stay. */
function rewritten(batch: Buffer, header: BatchHeader, kept: readonly boolean[], count: number): Buffer {
  const packed = batch.subarray(BATCH_HEADER_BYTES);
  const records = header.compression === 'none' ? packed : codecOf(header.compression).decompress(packed);
  const parts: Buffer[] = [Buffer.from(batch.subarray(0, BATCH_HEADER_BYTES))];
  let at = 0;
  for (const isKept of kept) {
    const end = recordEnd(records, at);
    if (isKept) parts.push(records.subarray(at, end));
    at = end;
  }
  const bytes = Buffer.concat(parts);
  bytes.writeInt32BE(bytes.length - BATCH_PREFIX_BYTES, 8);
  bytes.writeInt16BE(header.attributes & ~ATTRIBUTE_COMPRESSION, 21);
  bytes.writeInt32BE(count, 57);
  bytes.writeUInt32BE(crc32c(bytes, CRC_FROM), 17);
  return bytes;
}

function recordEnd(records: Buffer, at: number): number {
  let zigzag = 0;
  let scale = 1;
  for (let byte = 0x80; byte >= 0x80; scale *= 128) {
    byte = records[at++] ?? 0;
    zigzag += (byte & 0x7f) * scale;
  }
  return at + zigzag / 2;
}

function isAbortMarker(batch: Buffer): boolean {
  return batch.readInt16BE(BATCH_HEADER_BYTES + 7) === 0;
}
