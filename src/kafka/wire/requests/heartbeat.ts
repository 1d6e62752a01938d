import type { GroupMetadata } from '../../client.ts';
import type { WireRequest } from '../request.ts';

/** Heartbeat v3. Answers the error code. */
export function heartbeat(group: GroupMetadata): WireRequest<number> {
  return {
    apiKey: 12,
    apiName: 'Heartbeat',
    versions: [3],
    flexibleFrom: 4,
    write: (writer) =>
      writer.string(group.groupId).int32(group.generationId).string(group.memberId).string(group.groupInstanceId),
    read: (reader) => {
      reader.int32();
      return reader.int16();
    },
  };
}
