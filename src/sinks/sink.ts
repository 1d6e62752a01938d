import type { PartitionOffset, RecordContext, TopicPartition } from '../core/record.ts';

/**
 * The port to systems outside Kafka that keep the source position themselves, in the same atomic write as the data.
 * Exactly once then needs no assumption about how the records were made: after a crash the runtime asks where the sink
 * is, and reads on from there. Kafka's committed offset is only a hint.
 */
export interface SinkConnector<K = unknown, V = unknown> {
  /** For diagrams and logs: `delta claimx_projects, claimx_contacts`. */
  readonly description: string;
  /** One writer for each sink task. */
  open(context: SinkContext): Promise<SinkWriter<K, V>>;
}

export interface SinkContext {
  readonly applicationId: string;
  /** The sink's name in the topology. */
  readonly name: string;
  readonly taskId: string;
  /** The source partitions of this task. */
  readonly partitions: readonly TopicPartition[];
  /** A row that the sink cannot take (schema, size): the runtime writes it to the dead-letter topic or fails, as configured. */
  readonly reject: (error: Error, key: unknown, value: unknown, record: RecordContext) => void;
}

/** Used by one task, never in parallel with itself: no `write` while a `flush` runs unless {@link flush} says so. */
export interface SinkWriter<K = unknown, V = unknown> {
  /**
   * For each source partition the next offset this sink has not taken for certain, read from the sink itself; a partition
   * it knows nothing of is absent. Records below may be written again: the writer drops what it already has.
   */
  positions(): Promise<PartitionOffset[]>;
  /** Buffers; synchronous. */
  write(key: K, value: V, record: RecordContext): void;
  /** Bytes in the buffer, an estimate that does not lie low. The task takes no input above its limit. */
  readonly bufferedBytes: number;
  /** Whether size or age say that it is time to flush. */
  due(nowMs: number): boolean;
  /**
   * Writes the buffer and the positions after it (`consumed`: next offset of each source partition) in one atomic step
   * for each table. Rejects with a retriable StreamsError when it may be tried again; nothing is lost from the buffer then.
   */
  flush(consumed: readonly PartitionOffset[]): Promise<void>;
  close(): Promise<void>;
}
