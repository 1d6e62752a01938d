import { setTimeout as sleep } from 'node:timers/promises';
import { StreamsError, messageOf } from '../../core/errors.ts';
import type { Headers } from '../../core/record.ts';
import type { CommittedOffset, GroupMetadata, Producer, ProducerOptions, ProducerStats } from '../client.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { kafkaFailure } from '../cluster/kafka-failure.ts';
import { initProducerId, type ProducerIdentity } from '../wire/requests/init-producer-id.ts';
import { BatchSender, type SenderOwner } from './batch-sender.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { PendingBatch } from './pending-batch.ts';
import { RecordAccumulator } from './record-accumulator.ts';
import { asDeliveryFailure } from './renewable.ts';
import { Transaction, notInTransaction } from './transaction.ts';

const PRODUCER_FENCED = new Set(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH']);
/** A transaction that is open at the end is aborted if that takes no longer; else the broker does it when its time is up. */
const ABORT_ON_CLOSE_MS = 1_000;

/**
 * One producer id, one sequence of numbers for each partition, so that the broker drops what a retry brings twice.
 *
 * A batch that fails for good leaves a hole in its partition's sequence: everything queued for that partition fails with
 * it (later records never overtake a lost one), and the numbering begins anew, under a new producer id, or, for a
 * transactional producer, under a new epoch once the transaction is aborted.
 */
export class IdempotentProducer implements Producer, SenderOwner {
  readonly transactionalId: string | null;
  readonly deliveryTimeoutMs: number;
  readonly lingerMs: number;
  readonly #cluster: Cluster;
  readonly #transactionTimeoutMs: number;
  readonly #lane: string;
  readonly #records: RecordAccumulator;
  readonly #sender: BatchSender;
  #sent = 0;
  #identity: ProducerIdentity | null = null;
  #transaction: Transaction | null = null;
  /** Partitions that wait to be added to the transaction, and the request that adds others now. */
  readonly #toAdd = new Set<PartitionQueue>();
  #adding: Promise<void> | null = null;
  /** Why the open transaction cannot be committed. */
  #spoilt: StreamsError | null = null;
  /** The sequence numbers have a hole. */
  #stale = false;
  #renewing = false;
  /** Fenced or closed: the end. */
  #end: StreamsError | null = null;

  constructor(cluster: Cluster, options: ProducerOptions = {}) {
    this.#cluster = cluster;
    this.transactionalId = options.transactionalId ?? null;
    this.deliveryTimeoutMs = options.deliveryTimeoutMs ?? 120_000;
    this.lingerMs = options.lingerMs ?? 5;
    this.#transactionTimeoutMs = options.transactionTimeoutMs ?? 10_000;
    this.#lane = cluster.lane('transaction');
    this.#records = new RecordAccumulator({
      compression: options.compression ?? 'none',
      transactional: this.transactionalId !== null,
      batchBytes: options.batchBytes ?? 128 * 1024,
      maxBufferedBytes: options.maxBufferedBytes ?? 32 * 1024 * 1024,
      maxRecordBytes: options.maxRecordBytes ?? 1_000_000,
    });
    this.#sender = new BatchSender(cluster, this);
  }

  async init(): Promise<void> {
    if (this.#end !== null) throw this.#end;
    const id = this.transactionalId;
    const request = initProducerId(id, id === null ? -1 : this.#transactionTimeoutMs);
    this.#identity = await this.#guarded(
      this.#cluster.retrying(async () => {
        const answer =
          id === null
            ? await this.#cluster.sendToAny(request)
            : await this.#cluster.sendToCoordinator('transaction', id, this.#lane, request, (it) => it.errorCode);
        if (answer.errorCode !== 0) throw kafkaFailure(answer.errorCode, `InitProducerId of ${id ?? 'a producer'}`);
        return answer;
      }),
    );
    for (const queue of this.#records.queues()) queue.sequence = 0;
    this.#stale = false;
    this.#sender.pump();
  }

  send(
    topic: string,
    partition: number,
    key: Buffer | null,
    value: Buffer | null,
    timestamp: number,
    headers: Headers,
  ): void {
    if (this.#end !== null) throw this.#end;
    if (this.#transaction === null && this.transactionalId !== null) throw notInTransaction('send');
    // Nothing of this transaction will ever be seen; the next flush says why.
    if (this.#spoilt !== null) return;
    const queue = this.#records.append(topic, partition, key, value, timestamp, headers);
    this.#sent++;
    if (queue === null) return;
    this.#sender.enqueue(queue);
    const last = queue.batches[queue.batches.length - 1];
    if (queue.batches.length > 1 || last === undefined || last.sealed || this.lingerMs === 0) this.#sender.pump();
    else this.#sender.pumpAt(last.createdAt + this.lingerMs);
  }

  get stats(): ProducerStats {
    return { records: this.#sent, ...this.#sender.stats };
  }

  get ready(): boolean {
    return this.#end !== null || this.#records.ready;
  }

  drained(): Promise<void> {
    return this.#end === null ? this.#records.drained() : Promise.resolve();
  }

  async flush(): Promise<void> {
    if (this.#end !== null) throw this.#end;
    if (this.#identity === null) throw new StreamsError('ILLEGAL_STATE', 'flush: call init first');
    if (this.#spoilt !== null) throw this.#spoilt;
    this.#records.sealAll();
    this.#sender.pump();
    await this.#records.deliveries.all();
  }

  acknowledged(topic: string, partition: number): number | undefined {
    return this.#records.find(topic, partition)?.acknowledged;
  }

  beginTransaction(): void {
    if (this.#end !== null) throw this.#end;
    if (this.transactionalId === null || this.#identity === null) {
      throw new StreamsError('ILLEGAL_STATE', 'beginTransaction: needs a transactionalId, and init before it');
    }
    if (this.#transaction !== null) throw new StreamsError('ILLEGAL_STATE', 'beginTransaction: one is open already');
    const { producerId, producerEpoch } = this.#identity;
    const query = { transactionalId: this.transactionalId, producerId, producerEpoch };
    this.#transaction = new Transaction(this.#cluster, query, this.#lane);
  }

  async sendOffsets(group: GroupMetadata, offsets: readonly CommittedOffset[]): Promise<void> {
    await this.#guarded(this.#open('sendOffsets').addOffsets(group, offsets));
  }

  async commitTransaction(): Promise<void> {
    const transaction = this.#open('commitTransaction');
    await this.flush();
    await this.#guarded(transaction.end(true));
    this.#transaction = null;
  }

  async abortTransaction(): Promise<void> {
    const transaction = this.#open('abortTransaction');
    this.#toAdd.clear();
    for (const queue of this.#records.queues()) {
      if (this.#records.giveUp(queue, null)) this.#stale = true;
    }
    // What is on its way has to arrive before the abort marker: after it, it would open another transaction.
    await this.#adding;
    await this.#sender.idle();
    await this.#guarded(transaction.end(false));
    this.#records.deliveries.forgetFailure();
    if (this.#stale) await this.init();
    this.#spoilt = null;
    this.#transaction = null;
  }

  async close(): Promise<void> {
    const open = this.#end === null ? this.#transaction : null;
    this.#finish(new StreamsError('ILLEGAL_STATE', 'the producer is closed'));
    if (open !== null) await this.#abortAtClose(open);
    await Promise.all([this.#sender.close(), this.#cluster.closeLane(this.#lane)]);
  }

  identity(): ProducerIdentity | null {
    return this.#stale ? null : this.#identity;
  }

  admits(queue: PartitionQueue): boolean {
    if (this.transactionalId === null) return true;
    if (this.#transaction === null) return false;
    if (this.#transaction.has(queue.topic, queue.partition)) return true;
    this.#toAdd.add(queue);
    this.#adding ??= this.#addPartitions(this.#transaction);
    return false;
  }

  delivered(queue: PartitionQueue, batch: PendingBatch): void {
    this.#records.delivered(queue, batch);
    this.#renewWhenQuiet();
  }

  failed(queue: PartitionQueue, error: StreamsError): void {
    if (PRODUCER_FENCED.has(error.kafkaError ?? '')) {
      this.#finish(error);
      return;
    }
    this.#cluster.logger.debug(
      { topic: queue.topic, partition: queue.partition, error: error.message },
      'delivery failed',
    );
    const failure = asDeliveryFailure(error);
    if (this.#records.giveUp(queue, failure)) this.#stale = true;
    if (this.transactionalId !== null) this.#spoil(failure);
    this.#renewWhenQuiet();
  }

  /**
   * A lost batch is a lost transaction: what else waits is given up too. It could not be sent before the abort, since the
   * numbering has a hole, and whoever flushes would wait for it for ever.
   */
  #spoil(failure: StreamsError): void {
    this.#spoilt ??= failure;
    this.#toAdd.clear();
    for (const queue of this.#records.queues()) {
      if (this.#records.giveUp(queue, failure)) this.#stale = true;
    }
  }

  /** Readers of committed records, and whoever restores a changelog, would else wait for the transaction's time limit. */
  async #abortAtClose(transaction: Transaction): Promise<void> {
    const over = new AbortController();
    const abort = async (): Promise<void> => {
      await this.#adding;
      await this.#sender.idle();
      await transaction.end(false);
    };
    const limit = sleep(ABORT_ON_CLOSE_MS, undefined, { signal: over.signal }).catch(() => undefined);
    const aborted = abort().catch((error: unknown) => {
      this.#cluster.logger.debug({ error: messageOf(error) }, 'the open transaction could not be aborted');
    });
    await Promise.race([aborted, limit]);
    over.abort();
  }

  tooLarge(queue: PartitionQueue, batch: PendingBatch, sent: Buffer, error: StreamsError): void {
    if (batch.builder.count === 1) this.failed(queue, error);
    else this.#records.split(queue, batch, sent);
  }

  async #addPartitions(transaction: Transaction): Promise<void> {
    try {
      // In a microtask: the sender is walking over all queues, and one request shall name all that are new.
      await Promise.resolve();
      while (this.#toAdd.size > 0) {
        const queues = [...this.#toAdd];
        this.#toAdd.clear();
        try {
          await transaction.add(queues.map(({ topic, partition }) => ({ topic, partition })));
        } catch (error) {
          for (const queue of queues) this.failed(queue, asDeliveryFailure(error));
        }
      }
    } finally {
      this.#adding = null;
      this.#sender.pump();
    }
  }

  /** A new producer id once no batch under the old one is undecided; a transactional producer renews on abort. */
  #renewWhenQuiet(): void {
    if (!this.#stale || this.#renewing || this.transactionalId !== null || this.#end !== null) return;
    for (const queue of this.#records.queues()) if ((queue.batches[0]?.attempts ?? 0) > 0) return;
    this.#renewing = true;
    void this.init()
      .catch((error: unknown) => {
        for (const queue of this.#records.queues()) this.#records.giveUp(queue, asDeliveryFailure(error));
      })
      .finally(() => {
        this.#renewing = false;
      });
  }

  #open(step: string): Transaction {
    if (this.#end !== null) throw this.#end;
    if (this.#transaction === null) throw notInTransaction(step);
    return this.#transaction;
  }

  async #guarded<T>(step: Promise<T>): Promise<T> {
    try {
      return await step;
    } catch (error) {
      if (error instanceof StreamsError && PRODUCER_FENCED.has(error.kafkaError ?? '')) this.#finish(error);
      throw asDeliveryFailure(error);
    }
  }

  #finish(end: StreamsError): void {
    this.#end ??= end;
    for (const queue of this.#records.queues()) this.#records.giveUp(queue, this.#end);
  }
}
