import type { PartitionOffset } from '../../../core/record.ts';
import { byTopic, type WireRequest } from '../request.ts';
import type { PartitionResult } from './offset-commit.ts';

/** DeleteRecords v1: what is below the offsets. Goes to the partitions' leader. */
export function deleteRecords(offsets: readonly PartitionOffset[], timeoutMs: number): WireRequest<PartitionResult[]> {
  return {
    apiKey: 21,
    apiName: 'DeleteRecords',
    versions: [1],
    flexibleFrom: 2,
    heldMs: timeoutMs,
    write: (writer) => {
      writer.array(byTopic(offsets), ([topic, partitions]) => {
        writer.string(topic).array(partitions, ({ partition, offset }) => writer.int32(partition).int64(offset));
      });
      writer.int32(timeoutMs);
    },
    read: (reader) => {
      reader.int32();
      return reader
        .array(() => {
          const topic = reader.string();
          return reader.array(() => {
            const partition = reader.int32();
            reader.int64();
            return { topic, partition, errorCode: reader.int16() };
          });
        })
        .flat();
    },
  };
}
