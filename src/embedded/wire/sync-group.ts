import { syncRefused } from '../refusals.ts';
import { errorCode, handle, type WireApi } from './wire-api.ts';

export const syncGroup: WireApi = {
  apiKey: 14,
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
      assignments: reader.array(() => ({ memberId: reader.string(), assignment: Buffer.from(reader.bytes()) })),
    };
    return handle(call, 'SyncGroup', request, syncRefused, (response, writer) => {
      if (version >= 1) writer.int32(0);
      writer.int16(errorCode(response.error)).bytes(response.assignment);
    });
  },
};
