import { StreamsError, messageOf } from '../../core/errors.ts';
import { isRetriable, type KafkaErrorName } from '../kafka-error.ts';
import { isRefusal, type Answer } from '../protocol/apis.ts';
import type { Connection } from './connection.ts';
import { failure } from './failure.ts';
import type { PartitionQueue, SealedBatch } from './partition-queue.ts';

export interface DeliveriesOptions {
  readonly transactionalId: string | null;
  readonly transactionTimeoutMs: number;
  readonly maxBufferedBytes: number;
}

const RETRY_MS = 10;

/** Takes sealed batches to the broker, in order for each partition, and keeps account of what became of them. */
export class Deliveries {
  readonly #connection: Connection;
  readonly #options: DeliveriesOptions;
  readonly #unsettled = new Set<SealedBatch>();
  readonly #settling = new Set<{ readonly batches: Set<SealedBatch>; readonly resolve: () => void }>();
  readonly #draining = new Set<() => void>();
  producerId = -1;
  producerEpoch = -1;
  bufferedBytes = 0;
  #freedBytes = 0;
  #firstFailure: Error | null = null;
  #brokenBy: Error | null = null;
  #fenced: Error | null = null;
  /** A batch was given up and may be in the log or not. */
  #isUncertain = false;
  /** What waits for another producer id; null when none is being asked for. */
  #waitingForId: Set<PartitionQueue> | null = null;
  #isClosed = false;
  /** The coordinator may know of the open transaction, so that it has to be ended there. */
  hasBegun = false;

  constructor(connection: Connection, options: DeliveriesOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** A producer id; the next epoch of the one that is there, for a transactional producer. */
  async newProducerId(): Promise<void> {
    const { transactionalId, transactionTimeoutMs } = this.#options;
    const { producerId, producerEpoch } = this;
    const { error, ...id } = await this.#connection.ask(
      'InitProducerId',
      { transactionalId, transactionTimeoutMs, producerId, producerEpoch },
      (response) => response.error,
    );
    if (error !== 'NONE') throw this.fail(failure(error, 'InitProducerId'));
    this.producerId = id.producerId;
    this.producerEpoch = id.producerEpoch;
  }

  /** After the end of a transaction: what became of a batch that was given up is not known, and a new epoch makes sure. */
  async recover(): Promise<void> {
    this.#brokenBy = null;
    this.hasBegun = false;
    if (!this.#isUncertain) return;
    await this.newProducerId();
    this.#isUncertain = false;
  }

  /** Seals the queue's open batch and sends what can be sent. */
  add(queue: PartitionQueue, deadlineMs: number): void {
    const batch = queue.seal(deadlineMs);
    if (!batch) return;
    this.#unsettled.add(batch);
    this.#run(queue);
  }

  /** Drops what was not sent of the queue. */
  drop(queue: PartitionQueue): void {
    if (queue.open) this.#free(queue.open.bytes);
    for (const batch of queue.clear()) this.#settle(batch);
  }

  /** Resolves when everything added before has been acknowledged or has failed. */
  settled(): Promise<void> {
    if (this.#unsettled.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#settling.add({ batches: new Set(this.#unsettled), resolve }));
  }

  /** Resolves when the buffer has room. */
  drained(): Promise<void> {
    if (this.bufferedBytes < this.#options.maxBufferedBytes || this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => this.#draining.add(resolve));
  }

  takeFailure(): Error | null {
    const first = this.#firstFailure ?? this.#fenced;
    this.#firstFailure = null;
    return first;
  }

  /** Notes an error that ends this producer when it was fenced. Answers it. */
  fail(error: StreamsError): StreamsError {
    if (error.code === 'FENCED') this.#fenced ??= error;
    return error;
  }

  /** @throws the error that fenced this producer */
  assertNotFenced(): void {
    if (this.#fenced) throw this.#fenced;
  }

  /** @throws the first failure in the open transaction: it can only be aborted, also when a flush told the failure before */
  assertNotBroken(): void {
    if (this.#brokenBy) throw this.#brokenBy;
  }

  close(queues: readonly PartitionQueue[]): void {
    this.#isClosed = true;
    if (this.#unsettled.size > 0) {
      this.#note(new StreamsError('ILLEGAL_STATE', 'the producer was closed before everything was acknowledged'));
    }
    for (const queue of queues) {
      this.drop(queue);
      if (queue.inFlight) this.#settle(queue.inFlight);
    }
    for (const resolve of this.#draining) resolve();
    this.#draining.clear();
  }

  #run(queue: PartitionQueue): void {
    while (!queue.inFlight && !this.#isClosed && queue.sealed.length > 0) {
      // After an uncertain batch, the rest goes out under another producer id; a transaction is aborted first.
      if (this.#isUncertain && this.#options.transactionalId === null) return void this.#renewThenRun(queue);
      const batch = queue.sealed.shift();
      if (!batch) return;
      if (this.#fenced || this.#isUncertain) {
        this.#settle(batch);
        continue;
      }
      queue.inFlight = batch;
      if (this.#options.transactionalId !== null && !queue.isInTransaction) this.#addToTransaction(queue, batch);
      else this.#produce(queue, batch);
    }
  }

  async #renewThenRun(queue: PartitionQueue): Promise<void> {
    if (this.#waitingForId) return void this.#waitingForId.add(queue);
    const waiting = new Set([queue]);
    this.#waitingForId = waiting;
    this.producerId = -1;
    this.producerEpoch = -1;
    try {
      await this.newProducerId();
      this.#isUncertain = false;
    } catch (error) {
      this.#note(error instanceof Error ? error : new Error(messageOf(error)));
      for (const lost of waiting) this.drop(lost);
    }
    this.#waitingForId = null;
    for (const next of waiting) this.#run(next);
  }

  #note(error: Error): void {
    this.#firstFailure ??= error;
    this.#brokenBy ??= error;
  }

  #addToTransaction(queue: PartitionQueue, batch: SealedBatch): void {
    const { topic, partition } = queue;
    const { producerId, producerEpoch } = this;
    const transactionalId = this.#options.transactionalId ?? '';
    const request = { transactionalId, producerId, producerEpoch, partitions: [{ topic, partition }] };
    this.hasBegun = true;
    this.#connection.send('AddPartitionsToTxn', request, 0, (answer) => {
      const error = isRefusal(answer) ? answer.refused : (answer.partitions[0]?.error ?? 'NONE');
      if (error === 'NONE') {
        queue.isInTransaction = true;
        this.#produce(queue, batch);
      } else {
        this.#judge(queue, batch, error, () => this.#addToTransaction(queue, batch), false);
      }
    });
  }

  #produce(queue: PartitionQueue, batch: SealedBatch): void {
    const { topic, partition } = queue;
    batch.bytes ??= this.#build(queue, batch);
    const { transactionalId } = this.#options;
    const request = { transactionalId, partitions: [{ topic, partition, records: batch.bytes }] };
    this.#connection.send('Produce', request, 0, (answer) => this.#produced(queue, batch, answer));
  }

  #build(queue: PartitionQueue, { builder }: SealedBatch): Buffer {
    queue.numberFor(this.producerId, this.producerEpoch);
    builder.producerId = this.producerId;
    builder.producerEpoch = this.producerEpoch;
    builder.baseSequence = queue.nextSequence;
    return builder.build();
  }

  #produced(queue: PartitionQueue, batch: SealedBatch, answer: Answer<'Produce'>): void {
    const produced = isRefusal(answer) ? undefined : answer.partitions[0];
    const error = isRefusal(answer) ? answer.refused : (produced?.error ?? 'NONE');
    if (error !== 'NONE') return this.#judge(queue, batch, error, () => this.#produce(queue, batch), true);
    const { count } = batch.builder;
    queue.nextSequence = (queue.nextSequence + count) % 0x8000_0000;
    queue.acknowledged = (produced?.baseOffset ?? 0) + count;
    queue.inFlight = null;
    this.#settle(batch);
    if (queue.sealed.length > 0) this.#run(queue);
  }

  /** Again, in two halves, or given up. */
  #judge(
    queue: PartitionQueue,
    batch: SealedBatch,
    error: KafkaErrorName,
    again: () => void,
    mayBeWritten: boolean,
  ): void {
    const { clock, scheduler } = this.#connection.options;
    if (this.#isClosed) return;
    // Without the topic, Kafka's clients try until the delivery times out; in one process it will not appear by itself.
    const canBeRetried = isRetriable(error) && error !== 'UNKNOWN_TOPIC_OR_PARTITION';
    if (canBeRetried && clock.monotonic() + RETRY_MS < batch.deadlineMs) {
      scheduler.after(RETRY_MS, again);
      return;
    }
    queue.inFlight = null;
    if (error === 'MESSAGE_TOO_LARGE') {
      const halves = queue.split(batch);
      if (halves) {
        for (const half of halves) this.#unsettled.add(half);
        for (const { batches } of this.#settling) if (batches.has(batch)) for (const half of halves) batches.add(half);
        this.bufferedBytes += halves[0].bufferedBytes + halves[1].bufferedBytes;
        this.#settle(batch);
        return this.#run(queue);
      }
    }
    const { topic, partition } = queue;
    const where = { topic, partition };
    const failed = this.fail(failure(error, 'Produce', where));
    this.#note(failed);
    if (mayBeWritten && (canBeRetried || error === 'OUT_OF_ORDER_SEQUENCE_NUMBER')) this.#isUncertain = true;
    this.#settle(batch);
    this.#run(queue);
  }

  #settle(batch: SealedBatch): void {
    if (!this.#unsettled.delete(batch)) return;
    this.#free(batch.bufferedBytes);
    for (const waiting of this.#settling) {
      if (!waiting.batches.delete(batch) || waiting.batches.size > 0) continue;
      this.#settling.delete(waiting);
      waiting.resolve();
    }
  }

  /**
   * Gives the bytes back at the end of the turn, as an answer from a real broker would come: so the back-pressure of
   * who sends is the same here.
   */
  #free(bytes: number): void {
    if (this.#freedBytes === 0) queueMicrotask(() => this.#applyFreed());
    this.#freedBytes += bytes;
  }

  #applyFreed(): void {
    this.bufferedBytes -= this.#freedBytes;
    this.#freedBytes = 0;
    if (this.bufferedBytes >= this.#options.maxBufferedBytes) return;
    for (const resolve of this.#draining) resolve();
    this.#draining.clear();
  }
}
