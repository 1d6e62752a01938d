import type { NewTopic } from '../../client.ts';
import type { WireRequest } from '../request.ts';

export interface TopicResult {
  readonly topic: string;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** CreateTopics v4: -1 stands for the broker's default of partitions and replicas. Goes to the controller. */
export function createTopics(topics: readonly NewTopic[], timeoutMs: number): WireRequest<TopicResult[]> {
  return {
    apiKey: 19,
    apiName: 'CreateTopics',
    versions: [4],
    flexibleFrom: 5,
    heldMs: timeoutMs,
    write: (writer) => {
      writer.array(topics, ({ name, partitions, replicationFactor, config }) => {
        writer.string(name).int32(partitions).int16(replicationFactor).int32(0);
        writer.array(Object.entries(config ?? {}), ([key, value]) => writer.string(key).string(value));
      });
      writer.int32(timeoutMs).boolean(false);
    },
    read: (reader) => {
      reader.int32();
      return reader.array(() => ({
        topic: reader.string(),
        errorCode: reader.int16(),
        errorMessage: reader.nullableString(),
      }));
    },
  };
}
