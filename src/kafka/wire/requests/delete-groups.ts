import type { WireRequest } from '../request.ts';

/** DeleteGroups v1 of one group. Answers its error code. */
export function deleteGroup(groupId: string): WireRequest<number> {
  return {
    apiKey: 42,
    apiName: 'DeleteGroups',
    versions: [1],
    flexibleFrom: 2,
    write: (writer) => writer.array([groupId], (id) => writer.string(id)),
    read: (reader) => {
      reader.int32();
      const results = reader.array(() => {
        reader.string();
        return reader.int16();
      });
      return results[0] ?? 0;
    },
  };
}
