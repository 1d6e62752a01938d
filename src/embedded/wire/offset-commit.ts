import { errorCode, handle, readPartitions, writePartitions, type WireApi } from './wire-api.ts';

export const offsetCommit: WireApi = {
  apiKey: 8,
  minVersion: 2,
  maxVersion: 7,
  flexibleFrom: 8,
  serve(call) {
    const { reader, version } = call;
    const groupId = reader.string();
    const generationId = reader.int32();
    const memberId = reader.string();
    const groupInstanceId = version >= 7 ? reader.nullableString() : null;
    if (version <= 4) reader.int64();
    const offsets = readPartitions(reader, (topic) => {
      const partition = reader.int32();
      const offset = reader.int64();
      if (version >= 6) reader.int32();
      return { topic, partition, offset, metadata: reader.string() };
    });
    return handle(
      call,
      'OffsetCommit',
      { groupId, generationId, memberId, groupInstanceId, offsets },
      (error) => ({ partitions: offsets.map(({ topic, partition }) => ({ topic, partition, error })) }),
      (response, writer) => {
        if (version >= 3) writer.int32(0);
        writePartitions(writer, response.partitions, ({ partition, error }) => {
          writer.int32(partition).int16(errorCode(error));
        });
      },
    );
  },
};
