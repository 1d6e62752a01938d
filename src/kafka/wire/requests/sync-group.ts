import type { GroupMetadata } from '../../client.ts';
import type { WireRequest } from '../request.ts';

export interface SyncGroupAnswer {
  readonly errorCode: number;
  readonly assignment: Buffer;
}

/** SyncGroup v3: the leader brings the assignments, everybody gets their own. */
export function syncGroup(
  group: GroupMetadata,
  assignments: ReadonlyMap<string, Buffer>,
  heldMs: number,
): WireRequest<SyncGroupAnswer> {
  return {
    apiKey: 14,
    apiName: 'SyncGroup',
    versions: [3],
    flexibleFrom: 4,
    heldMs,
    write: (writer) => {
      writer.string(group.groupId).int32(group.generationId).string(group.memberId).string(group.groupInstanceId);
      writer.array([...assignments], ([memberId, assignment]) => writer.string(memberId).bytes(assignment));
    },
    read: (reader) => {
      reader.int32();
      return { errorCode: reader.int16(), assignment: reader.bytes() };
    },
  };
}
