import { StreamsError, messageOf } from '../../core/errors.ts';
import { partitionName } from '../../core/record.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { kafkaFailure, topicMissing } from '../cluster/kafka-failure.ts';
import { backoffMs } from '../cluster/retrying.ts';
import { kafkaErrorOf } from '../wire/kafka-errors.ts';
import { produce, type ProduceAnswer } from '../wire/requests/produce.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { nextSequence, type PendingBatch } from './pending-batch.ts';

/** What one request may carry; a broker's socket.request.max.bytes is 100 MB by default. */
const MAX_REQUEST_BYTES = 8 * 1024 * 1024;
/** Stands for the node of a partition whose leader is not known. */
const LOST = -1;

/** What one node's partitions have to send. */
interface Turn {
  readonly due: PartitionQueue[];
  /** Their batches may still wait for more records. */
  readonly early: PartitionQueue[];
  /** Some batch is due because it has waited long enough. */
  lingered: boolean;
  /** When the first of the early ones is due (monotone ms). */
  nextDueAt: number;
}

export interface SenderOwner {
  readonly transactionalId: string | null;
  readonly deliveryTimeoutMs: number;
  readonly lingerMs: number;
  /** null: nothing may be sent for the first time now (no id yet, or the id is being renewed). */
  identity(): { readonly producerId: number; readonly producerEpoch: number } | null;
  /** Whether a batch of the partition may be sent now; when not, the owner calls `pump` once it may. */
  admits(queue: PartitionQueue): boolean;
  delivered(queue: PartitionQueue, batch: PendingBatch): void;
  failed(queue: PartitionQueue, error: StreamsError): void;
  tooLarge(queue: PartitionQueue, batch: PendingBatch, sent: Buffer, error: StreamsError): void;
}

/** Sends the heads of the queues: one request per broker at a time, so that order holds and retries cannot overtake. */
export class BatchSender {
  readonly stats = { bytes: 0, batches: 0, requests: 0, retries: 0, requestMs: 0 };
  readonly #cluster: Cluster;
  readonly #owner: SenderOwner;
  readonly #lane: string;
  /** Those with something to send, in the order in which they get their turn. */
  readonly #queues = new Map<string, PartitionQueue>();
  readonly #busyNodes = new Set<number>();
  #idleWaiters: (() => void)[] = [];
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Infinity;
  #scheduled = false;
  #refreshing = false;
  #closed = false;

  constructor(cluster: Cluster, owner: SenderOwner) {
    this.#cluster = cluster;
    this.#owner = owner;
    this.#lane = cluster.lane('produce');
  }

  /** Resolves when no request is on its way. */
  idle(): Promise<void> {
    if (this.#busyNodes.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** The queue has a batch. */
  enqueue(queue: PartitionQueue): void {
    this.#queues.set(partitionName(queue.topic, queue.partition), queue);
  }

  /** Looks for what can be sent at the end of this turn of the event loop. */
  pump(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#sendAll();
    });
  }

  /** As `pump`, at a time (monotone ms): a batch's linger ends. */
  pumpAt(time: number): void {
    if (this.#closed || time >= this.#timerAt) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = time;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#timerAt = Infinity;
        this.#sendAll();
      },
      Math.max(0, Math.ceil(time - performance.now())),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#cluster.closeLane(this.#lane);
  }

  #sendAll(): void {
    if (this.#closed) return;
    const now = performance.now();
    const byNode = new Map<number, Turn>();
    for (const [name, queue] of this.#queues) {
      const head = queue.batches[0];
      if (head === undefined) {
        if (!queue.inFlight) this.#queues.delete(name);
        continue;
      }
      if (queue.inFlight) continue;
      if (now - head.createdAt > this.#owner.deliveryTimeoutMs) {
        this.#owner.failed(queue, undelivered(head, this.#owner.deliveryTimeoutMs));
        continue;
      }
      if (queue.notBefore > now) {
        this.pumpAt(queue.notBefore);
        continue;
      }
      const first = head.attempts === 0;
      if (!this.#owner.admits(queue) || (first && this.#owner.identity() === null)) continue;
      const leader = this.#cluster.leader(queue.topic, queue.partition) ?? LOST;
      let turn = byNode.get(leader);
      if (turn === undefined) byNode.set(leader, (turn = { due: [], early: [], lingered: false, nextDueAt: Infinity }));
      const dueAt = head.sealed ? 0 : head.createdAt + this.#owner.lingerMs;
      if (dueAt > now) {
        turn.early.push(queue);
        turn.nextDueAt = Math.min(turn.nextDueAt, dueAt);
      } else {
        turn.due.push(queue);
        turn.lingered ||= !head.sealed;
      }
    }
    for (const [node, { due, early, lingered, nextDueAt }] of byNode) {
      // A request for a batch that is not full takes along those that linger yet, as Kafka's own producer does.
      const queues = lingered ? [...due, ...early] : due;
      if (!lingered && nextDueAt < Infinity) this.pumpAt(nextDueAt);
      if (queues.length === 0) continue;
      if (node === LOST) void this.#findLeaders(queues);
      else if (!this.#busyNodes.has(node)) void this.#sendTo(node, queues);
    }
  }

  async #sendTo(node: number, queues: readonly PartitionQueue[]): Promise<void> {
    const sending = new Map<string, { queue: PartitionQueue; batch: PendingBatch; records: Buffer }>();
    let bytes = 0;
    for (const queue of queues) {
      const batch = queue.batches[0];
      if (batch === undefined || (bytes > 0 && bytes + batch.builder.bytes > MAX_REQUEST_BYTES)) continue;
      const records = this.#finish(queue, batch);
      if (records === null) continue;
      bytes += records.length;
      queue.inFlight = true;
      sending.set(partitionName(queue.topic, queue.partition), { queue, batch, records });
      if (batch.attempts > 1) this.stats.retries++;
    }
    if (sending.size === 0) return;
    this.stats.requests++;
    this.stats.batches += sending.size;
    this.stats.bytes += bytes;
    const begun = performance.now();
    this.#busyNodes.add(node);
    try {
      const request = produce({
        transactionalId: this.#owner.transactionalId,
        timeoutMs: this.#cluster.requestTimeoutMs,
        batches: [...sending.values()].map(({ batch: { topic, partition }, records }) => ({
          topic,
          partition,
          records,
        })),
      });
      const answer = await this.#cluster.send(node, this.#lane, request);
      for (const { queue } of sending.values()) queue.inFlight = false;
      this.#settle(answer, sending);
    } catch (error) {
      if (!this.#closed) this.#cluster.logger.debug({ node, error: messageOf(error) }, 'produce failed');
      for (const { queue, batch } of sending.values()) {
        queue.inFlight = false;
        const failure =
          error instanceof StreamsError ? error : new StreamsError('KAFKA_ERROR', messageOf(error), { cause: error });
        this.#cluster.leaderFailed(queue.topic, failure);
        if (failure.retriable) this.#pause(queue, batch);
        else this.#owner.failed(queue, failure);
      }
    } finally {
      this.stats.requestMs += performance.now() - begun;
      this.#busyNodes.delete(node);
      if (this.#busyNodes.size === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
      this.pump();
    }
  }

  /** The bytes to send; the first time, the batch gets its producer id and sequence numbers and is compressed. */
  #finish(queue: PartitionQueue, batch: PendingBatch): Buffer | null {
    batch.sealed = true;
    batch.attempts++;
    if (batch.sent !== null) return batch.sent;
    const { builder } = batch;
    if (builder.baseSequence < 0) {
      const identity = this.#owner.identity();
      if (identity === null) return null;
      builder.producerId = identity.producerId;
      builder.producerEpoch = identity.producerEpoch;
      builder.baseSequence = queue.sequence;
      queue.sequence = nextSequence(queue.sequence, builder.count);
    }
    try {
      batch.sent = builder.build();
    } catch (error) {
      this.#owner.failed(
        queue,
        error instanceof StreamsError ? error : new StreamsError('KAFKA_ERROR', messageOf(error)),
      );
    }
    return batch.sent;
  }

  #settle(
    answer: ProduceAnswer,
    sending: ReadonlyMap<string, { queue: PartitionQueue; batch: PendingBatch; records: Buffer }>,
  ): void {
    for (const { topic, partition, errorCode, baseOffset } of answer.partitions) {
      const entry = sending.get(partitionName(topic, partition));
      // Given up meanwhile (an abort, a failure): nobody waits for it.
      if (entry === undefined || entry.queue.batches[0] !== entry.batch) continue;
      const { queue, batch, records } = entry;
      const { name, retriable } = kafkaErrorOf(errorCode);
      // A duplicate is a batch whose acknowledgement was lost: it is in the log, once.
      if (errorCode === 0 || name === 'DUPLICATE_SEQUENCE_NUMBER') {
        queue.batches.shift();
        queue.missingSince = 0;
        if (baseOffset >= 0) queue.acknowledged = baseOffset + batch.builder.count;
        this.#owner.delivered(queue, batch);
        this.#queues.delete(partitionName(topic, partition));
        if (queue.batches.length > 0) this.enqueue(queue);
        continue;
      }
      const failure = kafkaFailure(errorCode, 'Produce', { topic, partition });
      this.#cluster.leaderFailed(topic, failure);
      if (failure.code === 'RECORD_TOO_LARGE') this.#owner.tooLarge(queue, batch, records, failure);
      else if (retriable) this.#pause(queue, batch);
      else this.#owner.failed(queue, failure);
    }
  }

  #pause(queue: PartitionQueue, batch: PendingBatch): void {
    queue.notBefore = performance.now() + backoffMs(batch.attempts - 1);
  }

  async #findLeaders(queues: readonly PartitionQueue[]): Promise<void> {
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      await this.#cluster.metadata([...new Set(queues.map(({ topic }) => topic))]);
    } catch (error) {
      if (!this.#closed) this.#cluster.logger.debug({ error: messageOf(error) }, 'no metadata for the producer');
    } finally {
      this.#refreshing = false;
    }
    const now = performance.now();
    for (const queue of queues) {
      const { topic, partition } = queue;
      if (this.#cluster.leader(topic, partition) !== undefined) continue;
      queue.notBefore = now + backoffMs(2);
      if (!this.#cluster.isMissing(topic, partition)) continue;
      if (queue.missingSince === 0) queue.missingSince = now;
      else if (now - queue.missingSince > this.#cluster.missingTopicMs) {
        queue.missingSince = 0;
        this.#owner.failed(queue, topicMissing(topic));
      }
    }
    this.pump();
  }
}

function undelivered({ topic, partition, builder }: PendingBatch, timeoutMs: number): StreamsError {
  return new StreamsError(
    'KAFKA_RETRIABLE',
    `${builder.count} records for ${topic}-${partition} were not acknowledged within ${timeoutMs} ms`,
    { topic, partition, kafkaError: 'REQUEST_TIMED_OUT' },
  );
}
