import { writeInt64 } from '../core/int64.ts';
import { crc32c } from '../kafka/wire/crc32c.ts';
import {
  ATTRIBUTE_CONTROL,
  ATTRIBUTE_TRANSACTIONAL,
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  CRC_FROM,
} from '../kafka/wire/record-batch-header.ts';

const RECORD_BYTES = 17;

/** The end of a transaction in a partition: a batch with one control record, KIP-98, "Control Messages". */
export function controlBatch(producerId: number, producerEpoch: number, committed: boolean, timestamp: number): Buffer {
  const bytes = Buffer.alloc(BATCH_HEADER_BYTES + RECORD_BYTES);
  bytes.writeInt32BE(bytes.length - BATCH_PREFIX_BYTES, 8);
  bytes[16] = 2;
  bytes.writeInt16BE(ATTRIBUTE_TRANSACTIONAL | ATTRIBUTE_CONTROL, 21);
  writeInt64(bytes, timestamp, 27);
  writeInt64(bytes, timestamp, 35);
  writeInt64(bytes, producerId, 43);
  bytes.writeInt16BE(producerEpoch, 51);
  bytes.writeInt32BE(-1, 53);
  bytes.writeInt32BE(1, 57);
  const record = BATCH_HEADER_BYTES;
  // Length, attributes and the two deltas in one byte each; then the key (version 0, type) and the value (version 0, coordinator epoch 0).
  bytes[record] = (RECORD_BYTES - 1) * 2;
  bytes[record + 4] = 4 * 2;
  bytes.writeInt16BE(committed ? 1 : 0, record + 7);
  bytes[record + 9] = 6 * 2;
  bytes.writeUInt32BE(crc32c(bytes, CRC_FROM), 17);
  return bytes;
}
