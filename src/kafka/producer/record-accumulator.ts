import { StreamsError } from '../../core/errors.ts';
import type { Headers } from '../../core/record.ts';
import type { Compression } from '../client.ts';
import { batchSizeOf } from '../wire/record-batch-writer.ts';
import { BATCH_HEADER_BYTES } from '../wire/record-batch-header.ts';
import { Deliveries } from './deliveries.ts';
import { newQueue, type PartitionQueue } from './partition-queue.ts';
import { newBatch, splitBatch, type PendingBatch } from './pending-batch.ts';

export interface AccumulatorOptions {
  readonly compression: Compression;
  readonly transactional: boolean;
  readonly batchBytes: number;
  readonly maxBufferedBytes: number;
  readonly maxRecordBytes: number;
}

/** So much memory of batches is kept for the next ones. */
const SPARE_BYTES = 2 << 20;
/** Room is there again when this part of the buffer is free, so that a full producer is not woken for each small batch. */
const DRAINED_AT = 0.75;

/** The records that were sent and not acknowledged, in batches by partition. */
export class RecordAccumulator {
  readonly deliveries = new Deliveries();
  readonly #options: AccumulatorOptions;
  readonly #byTopic = new Map<string, PartitionQueue[]>();
  #batchBytes: number;
  #bufferedBytes = 0;
  #drainWaiters: (() => void)[] = [];
  /** Memory of full batches that were acknowledged. */
  readonly #spare: Buffer[] = [];

  constructor(options: AccumulatorOptions) {
    this.#options = options;
    this.#batchBytes = options.batchBytes;
  }

  get ready(): boolean {
    return this.#bufferedBytes < this.#options.maxBufferedBytes;
  }

  drained(): Promise<void> {
    if (this.ready) return Promise.resolve();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  find(topic: string, partition: number): PartitionQueue | undefined {
    return this.#byTopic.get(topic)?.[partition];
  }

  *queues(): Iterable<PartitionQueue> {
    for (const queues of this.#byTopic.values()) {
      for (const queue of queues) if (queue !== undefined) yield queue;
    }
  }

  /** Copies the record in. Answers its queue when something is to be sent or timed: a batch was begun or has become full. */
  append(
    topic: string,
    partition: number,
    key: Buffer | null,
    value: Buffer | null,
    timestamp: number,
    headers: Headers,
  ): PartitionQueue | null {
    const size = batchSizeOf(key, value, headers);
    if (size - BATCH_HEADER_BYTES > this.#options.maxRecordBytes) throw this.#tooLarge(topic, partition, size);
    const queue = this.#queue(topic, partition);
    let batch = queue.batches[queue.batches.length - 1];
    let news = false;
    if (batch === undefined || batch.sealed || batch.builder.bytes + size - BATCH_HEADER_BYTES > this.#batchBytes) {
      if (batch !== undefined) batch.sealed = true;
      batch = this.#begin(queue);
      news = true;
    }
    const before = batch.builder.count === 0 ? 0 : batch.builder.bytes;
    batch.builder.append(key, value, timestamp, headers);
    this.#bufferedBytes += batch.builder.bytes - before;
    if (batch.builder.bytes >= this.#batchBytes) {
      batch.sealed = true;
      news = true;
    }
    return news ? queue : null;
  }

  /** No batch takes more records: all of them may be sent at once. */
  sealAll(): void {
    for (const queue of this.queues()) {
      const last = queue.batches[queue.batches.length - 1];
      if (last !== undefined) last.sealed = true;
    }
  }

  /** The batch, already taken off its queue, is acknowledged. */
  delivered(queue: PartitionQueue, batch: PendingBatch): void {
    // A batch that was sent twice may still be on its way from a connection that was given up.
    if (batch.attempts === 1) this.#keep(batch.builder.release());
    this.done(queue, batch, null);
  }

  /** The batch, already taken off its queue, is acknowledged or given up. */
  done(queue: PartitionQueue, batch: PendingBatch, failure: Error | null): void {
    const full = batch.builder.bytes > this.#batchBytes / 2;
    queue.initialBytes = full ? this.#batchBytes + 1024 : 4096;
    this.#free(batch.builder.bytes);
    this.deliveries.done(batch.serial, failure);
  }

  /** Gives up all batches of a partition. Answers whether one of them may have reached the broker. */
  giveUp(queue: PartitionQueue, failure: Error | null): boolean {
    const batches = queue.batches.splice(0);
    for (const batch of batches) this.done(queue, batch, failure);
    return batches.some(({ attempts }) => attempts > 0);
  }

  /** Replaces the head by its two halves, and makes smaller batches from now on. */
  split(queue: PartitionQueue, batch: PendingBatch, sent: Buffer): void {
    const { compression, transactional } = this.#options;
    const halves = splitBatch(batch, sent, { compression, transactional });
    queue.batches.splice(0, 1, ...halves);
    this.deliveries.split(batch.serial);
    this.#bufferedBytes += halves[0].builder.bytes + halves[1].builder.bytes - batch.builder.bytes;
    this.#batchBytes = Math.max(1024, Math.min(this.#batchBytes, Math.floor(batch.builder.bytes / 2)));
  }

  #queue(topic: string, partition: number): PartitionQueue {
    let queues = this.#byTopic.get(topic);
    if (queues === undefined) {
      queues = [];
      this.#byTopic.set(topic, queues);
    }
    return (queues[partition] ??= newQueue(topic, partition));
  }

  #begin(queue: PartitionQueue): PendingBatch {
    const { compression, transactional } = this.#options;
    const batch = newBatch(queue, this.deliveries.begin(), performance.now(), {
      compression,
      transactional,
      initialBytes: queue.initialBytes,
      room: queue.initialBytes >= this.#batchBytes ? this.#spare.pop() : undefined,
    });
    queue.batches.push(batch);
    return batch;
  }

  /** The collector counts memory outside of its heap by looking at everything in it. */
  #keep(room: Buffer): void {
    const fits = room.length >= this.#batchBytes && room.length <= 2 * this.#batchBytes + BATCH_HEADER_BYTES;
    if (fits && this.#spare.length < SPARE_BYTES / room.length) this.#spare.push(room);
  }

  #free(bytes: number): void {
    this.#bufferedBytes -= bytes;
    if (this.#drainWaiters.length === 0 || this.#bufferedBytes > this.#options.maxBufferedBytes * DRAINED_AT) return;
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #tooLarge(topic: string, partition: number, size: number): StreamsError {
    return new StreamsError(
      'RECORD_TOO_LARGE',
      `a record of ${size - BATCH_HEADER_BYTES} bytes for ${topic}-${partition} is above the producer's limit of ${this.#options.maxRecordBytes} bytes (maxRecordBytes)`,
      { topic, partition },
    );
  }
}
