import { errorCode, handle, readPartitions, writePartitions, type WireApi } from './wire-api.ts';

export const deleteRecords: WireApi = {
  apiKey: 21,
  minVersion: 0,
  maxVersion: 1,
  flexibleFrom: 2,
  serve(call) {
    const { reader } = call;
    const partitions = readPartitions(reader, (topic) => ({
      topic,
      partition: reader.int32(),
      offset: reader.int64(),
    }));
    return handle(
      call,
      'DeleteRecords',
      { partitions },
      (error) => ({
        partitions: partitions.map(({ topic, partition }) => ({ topic, partition, error, lowWatermark: -1 })),
      }),
      (response, writer) => {
        writer.int32(0);
        writePartitions(writer, response.partitions, ({ partition, lowWatermark, error }) => {
          writer.int32(partition).int64(lowWatermark).int16(errorCode(error));
        });
      },
    );
  },
};
