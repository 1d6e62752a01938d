import type { WireRequest } from '../request.ts';

export interface DescribedGroup {
  readonly errorCode: number;
  readonly groupId: string;
  readonly state: string;
  readonly members: readonly { readonly memberId: string; readonly clientId: string; readonly host: string }[];
}

/** DescribeGroups v4 of one group. */
export function describeGroups(groupId: string): WireRequest<DescribedGroup | undefined> {
  return {
    apiKey: 15,
    apiName: 'DescribeGroups',
    versions: [4],
    flexibleFrom: 5,
    write: (writer) => {
      writer.array([groupId], (id) => writer.string(id));
      writer.boolean(false);
    },
    read: (reader) => {
      reader.int32();
      const groups = reader.array(() => {
        const errorCode = reader.int16();
        const group = reader.string();
        const state = reader.string();
        reader.string();
        reader.string();
        const members = reader.array(() => {
          const memberId = reader.string();
          reader.nullableString();
          const member = { memberId, clientId: reader.string(), host: reader.string() };
          reader.bytes();
          reader.bytes();
          return member;
        });
        reader.int32();
        return { errorCode, groupId: group, state, members };
      });
      return groups[0];
    },
  };
}
