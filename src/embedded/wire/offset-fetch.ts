import { errorCode, handle, nullableArray, writePartitions, type WireApi } from './wire-api.ts';

export const offsetFetch: WireApi = {
  apiKey: 9,
  minVersion: 1,
  maxVersion: 7,
  flexibleFrom: 6,
  serve(call) {
    const { reader, version } = call;
    const groupId = reader.string();
    const asked = nullableArray(reader, () => {
      const topic = reader.string();
      const partitions = reader.array(() => ({ topic, partition: reader.int32() }));
      reader.tags();
      return partitions;
    });
    const requireStable = version >= 7 && reader.boolean();
    return handle(
      call,
      'OffsetFetch',
      { groupId, partitions: asked?.flat() ?? null, requireStable },
      (error) => ({ error, partitions: [] }),
      (response, writer) => {
        if (version >= 3) writer.int32(0);
        writePartitions(writer, response.partitions, ({ partition, offset, metadata, error }) => {
          writer.int32(partition).int64(offset);
          if (version >= 5) writer.int32(-1);
          writer.string(metadata).int16(errorCode(error));
        });
        if (version >= 2) writer.int16(errorCode(response.error));
        writer.tags();
      },
    );
  },
};
