import { errorCode, handle, type WireApi } from './wire-api.ts';

/** CreateTopics; -1 for the broker's defaults from version 4 on (KIP-464), and here from the first. */
export const createTopics: WireApi = {
  apiKey: 19,
  minVersion: 0,
  maxVersion: 4,
  flexibleFrom: 5,
  serve(call) {
    const { reader, version } = call;
    const topics = reader.array(() => {
      const name = reader.string();
      const partitions = reader.int32();
      const replicationFactor = reader.int16();
      const assigned = reader.array(() => {
        reader.int32();
        return reader.array(() => reader.int32());
      });
      const settings = reader.array(() => [reader.string(), reader.string()] as const);
      const count = assigned.length > 0 ? assigned.length : partitions;
      return { name, partitions: count, replicationFactor, config: Object.fromEntries(settings) };
    });
    reader.int32();
    const validateOnly = version >= 1 && reader.boolean();
    return handle(
      call,
      'CreateTopics',
      { topics, validateOnly },
      (error) => ({ topics: topics.map(({ name }) => ({ name, error, errorMessage: null })) }),
      (response, writer) => {
        if (version >= 2) writer.int32(0);
        writer.array(response.topics, ({ name, error, errorMessage }) => {
          writer.string(name).int16(errorCode(error));
          if (version >= 1) writer.string(errorMessage);
        });
      },
    );
  },
};
