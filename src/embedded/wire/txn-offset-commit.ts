import { fencedCode, handle, readPartitions, writePartitions, type WireApi } from './wire-api.ts';

/** TxnOffsetCommit; fenced by generation and member id from version 3 on (KIP-447). */
export const txnOffsetCommit: WireApi = {
  apiKey: 28,
  minVersion: 0,
  maxVersion: 3,
  flexibleFrom: 3,
  serve(call) {
    const { reader, version } = call;
    const transactionalId = reader.string();
    const groupId = reader.string();
    const producerId = reader.int64();
    const producerEpoch = reader.int16();
    const generationId = version >= 3 ? reader.int32() : -1;
    const memberId = version >= 3 ? reader.string() : '';
    const groupInstanceId = version >= 3 ? reader.nullableString() : null;
    const offsets = readPartitions(reader, (topic) => {
      const partition = reader.int32();
      const offset = reader.int64();
      if (version >= 2) reader.int32();
      const metadata = reader.string();
      reader.tags();
      return { topic, partition, offset, metadata };
    });
    return handle(
      call,
      'TxnOffsetCommit',
      { transactionalId, groupId, producerId, producerEpoch, generationId, memberId, groupInstanceId, offsets },
      (error) => ({ partitions: offsets.map(({ topic, partition }) => ({ topic, partition, error })) }),
      (response, writer) => {
        writer.int32(0);
        writePartitions(writer, response.partitions, ({ partition, error }) => {
          writer.int32(partition).int16(fencedCode(error, version));
        });
        writer.tags();
      },
    );
  },
};
