import { crc32c } from '../../kafka/wire/crc32c.ts';
import { BATCH_HEADER_BYTES, CRC_FROM } from '../../kafka/wire/record-batch-header.ts';
import type { ProducedPartition, ProducePartition } from '../protocol/records.ts';
import { isRefusal } from '../protocol/apis.ts';
import type { KafkaErrorName } from '../kafka-error.ts';
import { errorCode, readPartitions, writePartitions, type WireApi } from './wire-api.ts';

/** Produce: one record batch of format 2 for each partition. */
export const produce: WireApi = {
  apiKey: 0,
  minVersion: 3,
  maxVersion: 7,
  flexibleFrom: 9,
  serve({ broker, reader, version, reply }) {
    const transactionalId = reader.nullableString();
    const acks = reader.int16();
    reader.int32();
    const partitions = readPartitions(reader, (topic) => ({
      topic,
      partition: reader.int32(),
      records: reader.bytes(),
    }));
    const isSound = partitions.map(({ records }) => hasSoundChecksum(records));
    const request = { transactionalId, partitions: partitions.filter((_, i) => isSound[i]) };
    return broker.handle('Produce', request, (answer) => {
      if (acks === 0) return reply(null);
      const done = isRefusal(answer)
        ? request.partitions.map((at) => refused(at, answer.refused))
        : [...answer.partitions];
      partitions.forEach((partition, i) => {
        if (!isSound[i]) done.push(refused(partition, 'CORRUPT_MESSAGE'));
      });
      reply((writer) => {
        writePartitions(writer, done, ({ partition, error, baseOffset, logStartOffset }) => {
          writer.int32(partition).int16(errorCode(error)).int64(baseOffset).int64(-1);
          if (version >= 5) writer.int64(logStartOffset);
        });
        writer.int32(0);
      });
    });
  },
};

function hasSoundChecksum(batch: Buffer): boolean {
  return batch.length >= BATCH_HEADER_BYTES && batch.readUInt32BE(17) === crc32c(batch, CRC_FROM);
}

function refused({ topic, partition }: ProducePartition, error: KafkaErrorName): ProducedPartition {
  return { topic, partition, error, baseOffset: -1, logStartOffset: -1 };
}
