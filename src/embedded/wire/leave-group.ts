import { errorCode, handle, type WireApi } from './wire-api.ts';

/** LeaveGroup; of several members from version 3 on (KIP-345). */
export const leaveGroup: WireApi = {
  apiKey: 13,
  minVersion: 0,
  maxVersion: 3,
  flexibleFrom: 4,
  serve(call) {
    const { reader, version } = call;
    const groupId = reader.string();
    const members =
      version >= 3
        ? reader.array(() => ({ memberId: reader.string(), groupInstanceId: reader.nullableString() }))
        : [{ memberId: reader.string(), groupInstanceId: null }];
    return handle(
      call,
      'LeaveGroup',
      { groupId, members },
      (error) => ({ error, members: [] }),
      (response, writer) => {
        if (version >= 1) writer.int32(0);
        const first = response.error === 'NONE' ? (response.members[0]?.error ?? 'NONE') : response.error;
        if (version < 3) return void writer.int16(errorCode(first));
        writer.int16(errorCode(response.error));
        writer.array(response.members, ({ memberId, error }) => {
          const known = members.find((member) => member.memberId === memberId);
          writer
            .string(memberId)
            .string(known?.groupInstanceId ?? null)
            .int16(errorCode(error));
        });
      },
    );
  },
};
