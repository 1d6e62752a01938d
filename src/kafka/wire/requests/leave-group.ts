import type { GroupMetadata } from '../../client.ts';
import type { WireRequest } from '../request.ts';

/** LeaveGroup v3 of one member. Answers the first error code: of the request, or of the member. */
export function leaveGroup(
  group: Pick<GroupMetadata, 'groupId' | 'memberId' | 'groupInstanceId'>,
): WireRequest<number> {
  return {
    apiKey: 13,
    apiName: 'LeaveGroup',
    versions: [3],
    flexibleFrom: 4,
    write: (writer) => {
      writer.string(group.groupId);
      writer.array([group], ({ memberId, groupInstanceId }) => writer.string(memberId).string(groupInstanceId));
    },
    read: (reader) => {
      reader.int32();
      const errorCode = reader.int16();
      const members = reader.array(() => {
        reader.string();
        reader.nullableString();
        return reader.int16();
      });
      return errorCode === 0 ? (members[0] ?? 0) : errorCode;
    },
  };
}
