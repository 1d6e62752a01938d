import type { PendingBatch } from './pending-batch.ts';

/** What is on its way to one partition, oldest first; only the head is ever in flight. */
export interface PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly batches: PendingBatch[];
  /** Sequence number of the next batch that is sent for the first time. */
  sequence: number;
  /** The head is in a request. */
  inFlight: boolean;
  /** No request before this time (monotone ms). */
  notBefore: number;
  /** Offset after the last acknowledged record. */
  acknowledged: number | undefined;
  /** Size to begin the next batch's buffer with: a busy partition fills its batches, a quiet one shall not hold so much. */
  initialBytes: number;
  /** Since when the topic has been missing (monotone ms), or 0. */
  missingSince: number;
}

export function newQueue(topic: string, partition: number): PartitionQueue {
  return {
    topic,
    partition,
    batches: [],
    sequence: 0,
    inFlight: false,
    notBefore: 0,
    acknowledged: undefined,
    initialBytes: 4096,
    missingSince: 0,
  };
}
