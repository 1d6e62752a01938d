import type { TopicPartition } from '../../core/record.ts';

/**
 * Told how stores of active tasks are restored, as Kafka Streams' `StateRestoreListener` is. Called on the thread's loop, so
 * it has to be quick; what it throws is logged and changes nothing. Standbys have no end, and are not told of.
 */
export interface StateRestoreListener {
  onRestoreStart?(changelog: TopicPartition, store: string, startingOffset: number, endingOffset: number): void;
  /** After each batch; `batchEndOffset` is the next offset to read. */
  onBatchRestored?(changelog: TopicPartition, store: string, batchEndOffset: number, numRestored: number): void;
  /** The store is up to date; `totalRestored` counts records. */
  onRestoreEnd?(changelog: TopicPartition, store: string, totalRestored: number): void;
  /** The task moved away before the store was up to date (KIP-869). */
  onRestoreSuspended?(changelog: TopicPartition, store: string, totalRestored: number): void;
}
