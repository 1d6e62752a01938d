import { errorCode, handle, readPartitions, writePartitions, type WireApi } from './wire-api.ts';

export const listOffsets: WireApi = {
  apiKey: 2,
  minVersion: 1,
  maxVersion: 5,
  flexibleFrom: 6,
  serve(call) {
    const { reader, version } = call;
    reader.int32();
    const isolation = version >= 2 && reader.int8() === 1 ? 'read_committed' : 'read_uncommitted';
    const partitions = readPartitions(reader, (topic) => {
      const partition = reader.int32();
      if (version >= 4) reader.int32();
      return { topic, partition, timestamp: reader.int64() };
    });
    return handle(
      call,
      'ListOffsets',
      { isolation, partitions },
      (error) => ({
        partitions: partitions.map(({ topic, partition }) => ({ topic, partition, error, offset: -1, timestamp: -1 })),
      }),
      (response, writer) => {
        if (version >= 2) writer.int32(0);
        writePartitions(writer, response.partitions, ({ partition, error, timestamp, offset }) => {
          writer.int32(partition).int16(errorCode(error)).int64(timestamp).int64(offset);
          if (version >= 4) writer.int32(0);
        });
      },
    );
  },
};
