import type { Headers } from '../../core/record.ts';
import { BatchCursor } from '../../kafka/wire/record-batch-reader.ts';
import { BatchBuilder } from '../../kafka/wire/record-batch-writer.ts';
import type { Compression } from '../../kafka/client.ts';

/** A batch that takes no more records, on its way to the broker. */
export interface SealedBatch {
  readonly builder: BatchBuilder;
  readonly bufferedBytes: number;
  /** Monotone time after which it is given up. */
  readonly deadlineMs: number;
  /** The finished bytes; null until it is sent first, when it gets its sequence number. */
  bytes: Buffer | null;
}

export interface QueueOptions {
  readonly batchBytes: number;
  readonly compression: Compression;
  readonly transactional: boolean;
}

/** The records of one partition that are not acknowledged: an open batch, the sealed ones, and at most one in flight. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly #options: QueueOptions;
  open: BatchBuilder | null = null;
  sealed: SealedBatch[] = [];
  inFlight: SealedBatch | null = null;
  nextSequence = 0;
  #numberedId = -1;
  #numberedEpoch = -1;
  acknowledged: number | undefined = undefined;
  /** In the producer's open transaction. */
  isInTransaction = false;

  constructor(topic: string, partition: number, options: QueueOptions) {
    this.topic = topic;
    this.partition = partition;
    this.#options = options;
  }

  /** Appends to the open batch. Answers the bytes that this took. */
  append(key: Buffer | null, value: Buffer | null, timestamp: number, headers: Headers): number {
    this.open ??= this.#builder();
    const before = this.open.bytes;
    this.open.append(key, value, timestamp, headers);
    return this.open.bytes - before;
  }

  /** Whether the open batch has no room for a record of that size. */
  isFullFor(recordBytes: number): boolean {
    return this.open !== null && this.open.bytes + recordBytes > this.#options.batchBytes;
  }

  /** Sequence numbers begin anew under each producer id and epoch. */
  numberFor(producerId: number, producerEpoch: number): void {
    if (producerId === this.#numberedId && producerEpoch === this.#numberedEpoch) return;
    this.#numberedId = producerId;
    this.#numberedEpoch = producerEpoch;
    this.nextSequence = 0;
  }

  seal(deadlineMs: number): SealedBatch | null {
    const builder = this.open;
    if (!builder) return null;
    this.open = null;
    const batch = { builder, bufferedBytes: builder.bytes, deadlineMs, bytes: null };
    this.sealed.push(batch);
    return batch;
  }

  /** Drops what was not sent. */
  clear(): SealedBatch[] {
    const dropped = this.sealed;
    this.sealed = [];
    this.open = null;
    return dropped;
  }

  /** The batch in flight as two halves, first in line; null when it has one record and cannot be split. */
  split(batch: SealedBatch): [SealedBatch, SealedBatch] | null {
    if (batch.builder.count < 2 || !batch.bytes) return null;
    const first = this.#builder();
    const second = this.#builder();
    const records = new BatchCursor(batch.bytes);
    for (let i = 0; records.next(); i++) {
      const half = i < batch.builder.count >> 1 ? first : second;
      half.append(records.key(), records.value(), records.timestamp, records.headers());
    }
    const halfOf = (builder: BatchBuilder): SealedBatch => ({
      builder,
      bufferedBytes: builder.bytes,
      deadlineMs: batch.deadlineMs,
      bytes: null,
    });
    const halves: [SealedBatch, SealedBatch] = [halfOf(first), halfOf(second)];
    this.sealed.unshift(...halves);
    return halves;
  }

  #builder(): BatchBuilder {
    const { compression, transactional } = this.#options;
    return new BatchBuilder({ compression, transactional, initialBytes: 16 * 1024 });
  }
}
