import { errorCode, handle, nullableArray, type WireApi } from './wire-api.ts';

/** The operations an authorised user may do are not told: there is no authorisation. */
const NOT_TOLD = -0x8000_0000;

export const metadata: WireApi = {
  apiKey: 3,
  minVersion: 1,
  maxVersion: 10,
  flexibleFrom: 9,
  serve(call) {
    const { reader, version } = call;
    const topics = nullableArray(reader, () => {
      if (version >= 10) reader.uuid();
      const name = reader.string();
      reader.tags();
      return name;
    });
    const allowAutoTopicCreation = version >= 4 ? reader.boolean() : true;
    return handle(
      call,
      'Metadata',
      { topics, allowAutoTopicCreation },
      (error) => ({
        clusterId: call.broker.clusterId,
        topics: (topics ?? []).map((name) => ({ error, name, topicId: null, internal: false, partitions: 0 })),
      }),
      (response, writer) => {
        if (version >= 3) writer.int32(0);
        writer.array([call], ({ host, port }) => writer.int32(0).string(host).int32(port).string(null).tags());
        if (version >= 2) writer.string(response.clusterId);
        writer.int32(0);
        writer.array(response.topics, ({ error, name, topicId, internal, partitions }) => {
          writer.int16(errorCode(error)).string(name);
          if (version >= 10) writer.raw(topicId === null ? Buffer.alloc(16) : Buffer.from(topicId, 'base64url'));
          writer.boolean(internal);
          writer.array([...Array(partitions).keys()], (partition) => {
            writer.int16(0).int32(partition).int32(0);
            if (version >= 7) writer.int32(0);
            writer.array([0], (replica) => writer.int32(replica)).array([0], (replica) => writer.int32(replica));
            if (version >= 5) writer.array([], () => {});
            writer.tags();
          });
          if (version >= 8) writer.int32(NOT_TOLD);
          writer.tags();
        });
        if (version >= 8) writer.int32(NOT_TOLD);
        writer.tags();
      },
    );
  },
};
