import type { TopicPartition } from '../../../core/record.ts';
import type { IsolationLevel } from '../../client.ts';
import { byTopic, type WireRequest } from '../request.ts';

export interface ListOffsetsEntry extends TopicPartition {
  /** A time in ms, or {@link EARLIEST} or {@link LATEST}. */
  readonly timestamp: number;
}

export interface ListOffsetsAnswer extends TopicPartition {
  readonly errorCode: number;
  readonly timestamp: number;
  /** -1: no record is that young. */
  readonly offset: number;
}

export const LATEST = -1;
export const EARLIEST = -2;

/** Goes to the partitions' leader. */
export function listOffsets(
  entries: readonly ListOffsetsEntry[],
  isolation: IsolationLevel,
): WireRequest<ListOffsetsAnswer[]> {
  return {
    apiKey: 2,
    apiName: 'ListOffsets',
    versions: [5],
    flexibleFrom: 6,
    write: (writer) => {
      writer.int32(-1).int8(isolation === 'read_committed' ? 1 : 0);
      writer.array(byTopic(entries), ([topic, partitions]) => {
        writer.string(topic).array(partitions, ({ partition, timestamp }) => {
          writer.int32(partition).int32(-1).int64(timestamp);
        });
      });
    },
    read: (reader) => {
      reader.int32();
      return reader
        .array(() => {
          const topic = reader.string();
          return reader.array(() => {
            const answer = {
              topic,
              partition: reader.int32(),
              errorCode: reader.int16(),
              timestamp: reader.int64(),
              offset: reader.int64(),
            };
            reader.int32();
            return answer;
          });
        })
        .flat();
    },
  };
}
