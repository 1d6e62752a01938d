import { fencedCode, handle, readPartitions, writePartitions, type WireApi } from './wire-api.ts';

export const addPartitionsToTxn: WireApi = {
  apiKey: 24,
  minVersion: 0,
  maxVersion: 2,
  flexibleFrom: 3,
  serve(call) {
    const { reader, version } = call;
    const request = {
      transactionalId: reader.string(),
      producerId: reader.int64(),
      producerEpoch: reader.int16(),
      partitions: readPartitions(reader, (topic) => ({ topic, partition: reader.int32() })),
    };
    return handle(
      call,
      'AddPartitionsToTxn',
      request,
      (error) => ({ partitions: request.partitions.map((partition) => ({ ...partition, error })) }),
      (response, writer) => {
        writer.int32(0);
        writePartitions(writer, response.partitions, ({ partition, error }) => {
          writer.int32(partition).int16(fencedCode(error, version));
        });
      },
    );
  },
};
