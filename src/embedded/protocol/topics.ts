import type { NewTopic } from '../../kafka/client.ts';
import type { KafkaErrorName } from '../kafka-error.ts';

export interface MetadataRequest {
  /** null: all topics. */
  readonly topics: readonly string[] | null;
  readonly allowAutoTopicCreation: boolean;
}
export interface MetadataResponse {
  readonly clusterId: string;
  readonly topics: readonly TopicMetadata[];
}
export interface TopicMetadata {
  readonly error: KafkaErrorName;
  readonly name: string;
  readonly topicId: string | null;
  readonly internal: boolean;
  readonly partitions: number;
}

export interface CreateTopicsRequest {
  readonly topics: readonly NewTopic[];
  readonly validateOnly: boolean;
}
export interface DeleteTopicsRequest {
  readonly names: readonly string[];
}
export interface TopicsResponse {
  readonly topics: readonly {
    readonly name: string;
    readonly error: KafkaErrorName;
    readonly errorMessage: string | null;
  }[];
}
