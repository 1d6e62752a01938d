import { errorCode, handle, type WireApi } from './wire-api.ts';

export const listGroups: WireApi = {
  apiKey: 16,
  minVersion: 0,
  maxVersion: 2,
  flexibleFrom: 3,
  serve(call) {
    return handle(
      call,
      'ListGroups',
      {},
      (error) => ({ error, groups: [] }),
      (response, writer) => {
        if (call.version >= 1) writer.int32(0);
        writer.int16(errorCode(response.error));
        writer.array(response.groups, ({ groupId, protocolType }) => writer.string(groupId).string(protocolType));
      },
    );
  },
};
