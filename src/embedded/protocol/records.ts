import type { TopicPartition } from '../../core/record.ts';
import type { IsolationLevel } from '../../kafka/client.ts';
import type { KafkaErrorName } from '../kafka-error.ts';

/** Produce: one record batch (v2 format) for each partition. The broker copies the bytes. */
export interface ProduceRequest {
  readonly transactionalId: string | null;
  readonly partitions: readonly ProducePartition[];
}
export interface ProducePartition extends TopicPartition {
  readonly records: Buffer;
}
export interface ProduceResponse {
  readonly partitions: readonly ProducedPartition[];
}
export interface ProducedPartition extends TopicPartition {
  readonly error: KafkaErrorName;
  /** -1 with an error. */
  readonly baseOffset: number;
  readonly logStartOffset: number;
}

/** Fetch, with the broker's wait: answered at once when `minBytes` are there or a partition has an error. */
export interface FetchRequest {
  readonly isolation: IsolationLevel;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly partitions: readonly FetchPartition[];
}
export interface FetchPartition extends TopicPartition {
  readonly fetchOffset: number;
  readonly maxBytes: number;
}
export interface FetchResponse {
  readonly partitions: readonly FetchedPartition[];
}
export interface FetchedPartition extends TopicPartition {
  readonly error: KafkaErrorName;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  /** Under `read_committed`: what of these records was aborted. */
  readonly abortedTransactions: readonly AbortedTransaction[];
  /** Whole batches, a view of the log; the first may begin below the fetch offset. Never empty where there is more to read. */
  readonly records: Buffer;
  /** The offset after the last of these batches; the fetch offset when there are none. */
  readonly nextOffset: number;
}
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** ListOffsets: a time in ms, or one of Kafka's marks. */
export const LATEST_TIMESTAMP = -1;
export const EARLIEST_TIMESTAMP = -2;

export interface ListOffsetsRequest {
  readonly isolation: IsolationLevel;
  readonly partitions: readonly (TopicPartition & { readonly timestamp: number })[];
}
export interface ListOffsetsResponse {
  readonly partitions: readonly ListedOffset[];
}
export interface ListedOffset extends TopicPartition {
  readonly error: KafkaErrorName;
  /** -1 when no record is that young. */
  readonly offset: number;
  readonly timestamp: number;
}

export interface DeleteRecordsRequest {
  /** -1: up to the high watermark. */
  readonly partitions: readonly (TopicPartition & { readonly offset: number })[];
}
export interface DeleteRecordsResponse {
  readonly partitions: readonly (TopicPartition & {
    readonly error: KafkaErrorName;
    readonly lowWatermark: number;
  })[];
}
