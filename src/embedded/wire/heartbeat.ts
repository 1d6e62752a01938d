import { errorCode, handle, type WireApi } from './wire-api.ts';

export const heartbeat: WireApi = {
  apiKey: 12,
  minVersion: 0,
  maxVersion: 3,
  flexibleFrom: 4,
  serve(call) {
    const { reader, version } = call;
    const request = {
      groupId: reader.string(),
      generationId: reader.int32(),
      memberId: reader.string(),
      groupInstanceId: version >= 3 ? reader.nullableString() : null,
    };
    return handle(
      call,
      'Heartbeat',
      request,
      (error) => ({ error }),
      (response, writer) => {
        if (version >= 1) writer.int32(0);
        writer.int16(errorCode(response.error));
      },
    );
  },
};
