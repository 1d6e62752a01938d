import { NO_HEADERS, type TopicPartition } from '../../core/record.ts';
import { BatchCursor } from '../wire/record-batch-reader.ts';
import { BatchBuilder, type BatchBuilderOptions } from '../wire/record-batch-writer.ts';

/** A batch from its first record to its acknowledgement. */
export interface PendingBatch extends TopicPartition {
  readonly builder: BatchBuilder;
  /** The n-th batch of the producer: what a flush waits for. */
  readonly serial: number;
  /** When its first record came (monotone ms): linger and delivery time limit count from here. */
  readonly createdAt: number;
  /** Closed for more records. */
  sealed: boolean;
  /** The bytes as sent, from the first attempt on: a retry sends the very same, so that the broker knows it again. */
  sent: Buffer | null;
  attempts: number;
}

export function newBatch(
  where: TopicPartition,
  serial: number,
  createdAt: number,
  options: BatchBuilderOptions,
): PendingBatch {
  const { topic, partition } = where;
  return {
    topic,
    partition,
    builder: new BatchBuilder(options),
    serial,
    createdAt,
    sealed: false,
    sent: null,
    attempts: 0,
  };
}

/** The same records in two batches of about half the size each, the sequence numbers carried on. */
export function splitBatch(
  batch: PendingBatch,
  sent: Buffer,
  options: BatchBuilderOptions,
): [PendingBatch, PendingBatch] {
  const { producerId, producerEpoch, baseSequence, count } = batch.builder;
  const half = (sequence: number): PendingBatch => ({
    ...newBatch(batch, batch.serial, batch.createdAt, {
      ...options,
      producerId,
      producerEpoch,
      baseSequence: sequence,
    }),
    sealed: true,
  });
  const inFirst = Math.ceil(count / 2);
  const first = half(baseSequence);
  const second = half(nextSequence(baseSequence, inFirst));
  const cursor = new BatchCursor(sent);
  while (cursor.next()) {
    const target = first.builder.count < inFirst ? first : second;
    const headers = cursor.headers();
    target.builder.append(cursor.key(), cursor.value(), cursor.timestamp, headers.length === 0 ? NO_HEADERS : headers);
  }
  return [first, second];
}

/** Sequence numbers are int32 and begin again at 0 (KIP-98). */
export function nextSequence(sequence: number, count: number): number {
  return (sequence + count) % 0x80000000;
}
