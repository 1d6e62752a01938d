import type { TopicPartition } from '../../../core/record.ts';
import type { CommittedOffset } from '../../client.ts';
import { byTopic, type WireRequest } from '../request.ts';

export interface OffsetFetchAnswer {
  readonly errorCode: number;
  readonly offsets: readonly (CommittedOffset & { readonly errorCode: number })[];
}

/**
 * OffsetFetch v7: asks for stable offsets (KIP-447), that is, the coordinator refuses with UNSTABLE_OFFSET_COMMIT while a
 * transaction that commits offsets of the group is open. Of all partitions for null.
 */
export function offsetFetch(
  groupId: string,
  partitions: readonly TopicPartition[] | null,
): WireRequest<OffsetFetchAnswer> {
  return {
    apiKey: 9,
    apiName: 'OffsetFetch',
    versions: [7],
    flexibleFrom: 6,
    write: (writer) => {
      writer.string(groupId);
      writer.array(partitions === null ? null : byTopic(partitions), ([topic, members]) => {
        writer.string(topic).array(members, ({ partition }) => writer.int32(partition));
        writer.tags();
      });
      writer.boolean(true).tags();
    },
    read: (reader) => {
      reader.int32();
      const offsets = reader
        .array(() => {
          const topic = reader.string();
          const partitions = reader.array(() => {
            const partition = reader.int32();
            const offset = reader.int64();
            reader.int32();
            const metadata = reader.string();
            const errorCode = reader.int16();
            reader.tags();
            return { topic, partition, offset, metadata, errorCode };
          });
          reader.tags();
          return partitions;
        })
        .flat();
      return { errorCode: reader.int16(), offsets };
    },
  };
}
