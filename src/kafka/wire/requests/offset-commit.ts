import type { TopicPartition } from '../../../core/record.ts';
import type { CommittedOffset, GroupMetadata } from '../../client.ts';
import { byTopic, type WireRequest } from '../request.ts';

export interface PartitionResult extends TopicPartition {
  readonly errorCode: number;
}

/** OffsetCommit v7. Generation -1 and an empty member id: for a group without members. */
export function offsetCommit(
  group: GroupMetadata,
  offsets: readonly CommittedOffset[],
): WireRequest<PartitionResult[]> {
  return {
    apiKey: 8,
    apiName: 'OffsetCommit',
    versions: [7],
    flexibleFrom: 8,
    write: (writer) => {
      writer.string(group.groupId).int32(group.generationId).string(group.memberId).string(group.groupInstanceId);
      writer.array(byTopic(offsets), ([topic, partitions]) => {
        writer.string(topic).array(partitions, ({ partition, offset, metadata }) => {
          writer.int32(partition).int64(offset).int32(-1).string(metadata);
        });
      });
    },
    read: (reader) => {
      reader.int32();
      return reader
        .array(() => {
          const topic = reader.string();
          return reader.array(() => ({ topic, partition: reader.int32(), errorCode: reader.int16() }));
        })
        .flat();
    },
  };
}
