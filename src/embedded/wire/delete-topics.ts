import { errorCode, handle, type WireApi } from './wire-api.ts';

export const deleteTopics: WireApi = {
  apiKey: 20,
  minVersion: 0,
  maxVersion: 3,
  flexibleFrom: 4,
  serve(call) {
    const { reader, version } = call;
    const names = reader.array(() => reader.string());
    return handle(
      call,
      'DeleteTopics',
      { names },
      (error) => ({ topics: names.map((name) => ({ name, error, errorMessage: null })) }),
      (response, writer) => {
        if (version >= 1) writer.int32(0);
        writer.array(response.topics, ({ name, error }) => writer.string(name).int16(errorCode(error)));
      },
    );
  },
};
