import { readInt64 } from '../../core/int64.ts';
import { StreamsError } from '../../core/errors.ts';
import type { Compression } from '../client.ts';
import { compressionName } from './compression.ts';

/**
 * The layout of a record batch, magic 2 (Kafka protocol guide, "Record Batch"):
 *
 *     0 baseOffset int64 · 8 batchLength int32 (from 12 on) · 12 partitionLeaderEpoch int32 · 16 magic int8 · 17 crc uint32 (from 21 on)
 *     21 attributes int16 · 23 lastOffsetDelta int32 · 27 baseTimestamp int64 · 35 maxTimestamp int64 · 43 producerId int64
 *     51 producerEpoch int16 · 53 baseSequence int32 · 57 count int32 · 61 records
 */
export const BATCH_HEADER_BYTES = 61;
/** What comes before the part that `length` counts. */
export const BATCH_PREFIX_BYTES = 12;
/** Where the part under the checksum begins. */
export const CRC_FROM = 21;

export const ATTRIBUTE_COMPRESSION = 0x07;
export const ATTRIBUTE_LOG_APPEND_TIME = 0x08;
export const ATTRIBUTE_TRANSACTIONAL = 0x10;
export const ATTRIBUTE_CONTROL = 0x20;

export interface BatchHeader {
  readonly baseOffset: number;
  /** Bytes after the first 12. */
  readonly length: number;
  readonly leaderEpoch: number;
  readonly magic: number;
  readonly crc: number;
  readonly attributes: number;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  /** -1: not idempotent. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly count: number;
  readonly compression: Compression;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly timestampType: 'create' | 'logAppend';
}

/** Bytes of the whole batch at `at`, or null when its length is not there yet. */
export function batchSizeAt(bytes: Buffer, at: number): number | null {
  return at + BATCH_PREFIX_BYTES <= bytes.length ? BATCH_PREFIX_BYTES + bytes.readInt32BE(at + 8) : null;
}

/** @throws CORRUPT_RECORD for another magic than 2, an unknown compression, or fewer than 61 bytes */
export function readBatchHeader(bytes: Buffer, at: number): BatchHeader {
  if (at + BATCH_HEADER_BYTES > bytes.length) {
    throw new StreamsError(
      'CORRUPT_RECORD',
      `a record batch of ${bytes.length - at} bytes is too short for its header`,
    );
  }
  const magic = bytes.readInt8(at + 16);
  const length = bytes.readInt32BE(at + 8);
  if (magic !== 2 || length < BATCH_HEADER_BYTES - BATCH_PREFIX_BYTES) {
    throw new StreamsError(
      'CORRUPT_RECORD',
      `bytes that should be a record batch have format ${magic} and length ${length}: only format 2 (Kafka 0.11 and later) is read`,
    );
  }
  const attributes = bytes.readInt16BE(at + 21);
  return {
    baseOffset: readInt64(bytes, at),
    length,
    leaderEpoch: bytes.readInt32BE(at + 12),
    magic,
    crc: bytes.readUInt32BE(at + 17),
    attributes,
    lastOffsetDelta: bytes.readInt32BE(at + 23),
    baseTimestamp: readInt64(bytes, at + 27),
    maxTimestamp: readInt64(bytes, at + 35),
    producerId: readInt64(bytes, at + 43),
    producerEpoch: bytes.readInt16BE(at + 51),
    baseSequence: bytes.readInt32BE(at + 53),
    count: bytes.readInt32BE(at + 57),
    compression: compressionName(attributes & ATTRIBUTE_COMPRESSION),
    isTransactional: (attributes & ATTRIBUTE_TRANSACTIONAL) !== 0,
    isControl: (attributes & ATTRIBUTE_CONTROL) !== 0,
    timestampType: (attributes & ATTRIBUTE_LOG_APPEND_TIME) !== 0 ? 'logAppend' : 'create',
  };
}
