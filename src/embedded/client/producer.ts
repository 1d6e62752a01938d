import { StreamsError } from '../../core/errors.ts';
import { partitionName, type Headers } from '../../core/record.ts';
import type { CommittedOffset, GroupMetadata, Producer, ProducerOptions } from '../../kafka/client.ts';
import { batchSizeOf } from '../../kafka/wire/record-batch-writer.ts';
import type { TransactionIdentity } from '../protocol/transactions.ts';
import type { Connection } from './connection.ts';
import { Deliveries } from './deliveries.ts';
import { failure } from './failure.ts';
import { PartitionQueue } from './partition-queue.ts';

type ProducerState = 'new' | 'ready' | 'inTransaction' | 'closed';

const nothing = (): void => {};

/** An idempotent producer of the embedded client: batches by partition, one in flight for each. */
export class EmbeddedProducer implements Producer {
  readonly #connection: Connection;
  readonly #options: Required<Omit<ProducerOptions, 'transactionalId'>>;
  readonly #transactionalId: string | null;
  readonly #deliveries: Deliveries;
  readonly #topics = new Map<string, (PartitionQueue | undefined)[]>();
  #state: ProducerState = 'new';
  #cancelLinger: (() => void) | null = null;

  constructor(connection: Connection, options: ProducerOptions) {
    const { transactionalId, ...rest } = options;
    this.#connection = connection;
    this.#transactionalId = transactionalId ?? null;
    this.#options = {
      transactionTimeoutMs: 10_000,
      compression: 'none',
      batchBytes: 128 * 1024,
      lingerMs: 5,
      maxBufferedBytes: 32 * 1024 * 1024,
      maxRecordBytes: 1_000_000,
      deliveryTimeoutMs: 120_000,
      ...rest,
    };
    this.#deliveries = new Deliveries(connection, {
      transactionalId: this.#transactionalId,
      transactionTimeoutMs: this.#options.transactionTimeoutMs,
      maxBufferedBytes: this.#options.maxBufferedBytes,
    });
  }

  async init(): Promise<void> {
    if (this.#state !== 'new') throw illegal('init() is called once, before anything else');
    await this.#deliveries.newProducerId();
    this.#state = 'ready';
  }

  send(
    topic: string,
    partition: number,
    key: Buffer | null,
    value: Buffer | null,
    timestamp: number,
    headers: Headers,
  ): void {
    if (this.#state !== 'inTransaction') this.#assertMaySend();
    const size = batchSizeOf(key, value, headers);
    if (size > this.#options.maxRecordBytes) {
      const name = partitionName(topic, partition);
      const message = `a record of ${size} bytes for ${name} is larger than maxRecordBytes (${this.#options.maxRecordBytes})`;
      throw new StreamsError('RECORD_TOO_LARGE', message, { topic, partition });
    }
    const queue = this.#topics.get(topic)?.[partition] ?? this.#newQueue(topic, partition);
    if (queue.isFullFor(size)) this.#seal(queue);
    this.#deliveries.bufferedBytes += queue.append(key, value, timestamp, headers);
    this.#cancelLinger ??= this.#connection.options.scheduler.after(this.#options.lingerMs, () => this.#sealAll());
  }

  get ready(): boolean {
    return this.#deliveries.bufferedBytes < this.#options.maxBufferedBytes;
  }

  async drained(): Promise<void> {
    if (this.ready) return;
    this.#sealAll();
    await this.#deliveries.drained();
  }

  async flush(): Promise<void> {
    this.#assertOpen();
    this.#sealAll();
    await this.#deliveries.settled();
    const first = this.#deliveries.takeFailure();
    if (first) throw first;
  }

  acknowledged(topic: string, partition: number): number | undefined {
    return this.#topics.get(topic)?.[partition]?.acknowledged;
  }

  beginTransaction(): void {
    this.#assertOpen();
    if (this.#transactionalId === null) throw illegal('a producer without transactionalId has no transactions');
    this.#deliveries.assertNotFenced();
    if (this.#state !== 'ready') throw illegal('a transaction is open already');
    this.#state = 'inTransaction';
  }

  async sendOffsets(group: GroupMetadata, offsets: readonly CommittedOffset[]): Promise<void> {
    const identity = this.#transaction('sendOffsets');
    if (offsets.length === 0) return;
    const { groupId, generationId, memberId, groupInstanceId } = group;
    this.#deliveries.hasBegun = true;
    const added = await this.#connection.ask('AddOffsetsToTxn', { ...identity, groupId }, ({ error }) => error);
    if (added.error !== 'NONE') throw this.#deliveries.fail(failure(added.error, `AddOffsetsToTxn of ${groupId}`));
    const commit = { ...identity, groupId, generationId, memberId, groupInstanceId, offsets };
    const { partitions } = await this.#connection.ask(
      'TxnOffsetCommit',
      commit,
      (response) => response.partitions.find(({ error }) => error !== 'NONE')?.error ?? 'NONE',
    );
    const refused = partitions.find(({ error }) => error !== 'NONE');
    if (refused) throw failure(refused.error, `TxnOffsetCommit of ${groupId}`);
  }

  async commitTransaction(): Promise<void> {
    this.#transaction('commitTransaction');
    await this.flush();
    this.#deliveries.assertNotBroken();
    await this.#end(true);
  }

  async abortTransaction(): Promise<void> {
    this.#transaction('abortTransaction');
    this.#stopLinger();
    for (const queue of this.#queues()) this.#deliveries.drop(queue);
    await this.#deliveries.settled();
    this.#deliveries.takeFailure();
    await this.#end(false);
  }

  close(): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve();
    this.#state = 'closed';
    this.#stopLinger();
    this.#deliveries.close(this.#queues());
    return Promise.resolve();
  }

  async #end(committed: boolean): Promise<void> {
    const identity = this.#transaction('the end of a transaction');
    if (this.#deliveries.hasBegun) {
      const { error } = await this.#connection.ask('EndTxn', { ...identity, committed }, (response) => response.error);
      // Nothing had reached the coordinator: there is nothing to abort.
      const isAborted = !committed && error === 'INVALID_TXN_STATE';
      if (error !== 'NONE' && !isAborted) {
        throw this.#deliveries.fail(failure(error, `EndTxn of ${identity.transactionalId}`));
      }
    }
    for (const queue of this.#queues()) queue.isInTransaction = false;
    this.#state = 'ready';
    await this.#deliveries.recover();
  }

  #transaction(call: string): TransactionIdentity {
    this.#assertOpen();
    if (this.#state !== 'inTransaction' || this.#transactionalId === null) {
      throw illegal(`${call} needs an open transaction`);
    }
    this.#deliveries.assertNotFenced();
    const { producerId, producerEpoch } = this.#deliveries;
    return { transactionalId: this.#transactionalId, producerId, producerEpoch };
  }

  #sealAll(): void {
    this.#stopLinger();
    for (const queues of this.#topics.values()) for (const queue of queues) if (queue?.open) this.#seal(queue);
  }

  #seal(queue: PartitionQueue): void {
    this.#deliveries.add(queue, this.#connection.options.clock.monotonic() + this.#options.deliveryTimeoutMs);
  }

  #stopLinger(): void {
    (this.#cancelLinger ?? nothing)();
    this.#cancelLinger = null;
  }

  #queues(): PartitionQueue[] {
    return [...this.#topics.values()].flatMap((queues) => queues.filter((queue) => queue !== undefined));
  }

  #newQueue(topic: string, partition: number): PartitionQueue {
    const { batchBytes, compression } = this.#options;
    const queue = new PartitionQueue(topic, partition, {
      batchBytes,
      compression,
      transactional: this.#transactionalId !== null,
    });
    const queues = this.#topics.get(topic) ?? [];
    queues[partition] = queue;
    this.#topics.set(topic, queues);
    return queue;
  }

  #assertOpen(): void {
    if (this.#state === 'closed') throw illegal('the producer is closed');
    if (this.#state === 'new') throw illegal('call init() before anything else');
  }

  #assertMaySend(): void {
    this.#assertOpen();
    if (this.#transactionalId !== null) throw illegal('a transactional producer sends inside a transaction only');
  }
}

function illegal(message: string): StreamsError {
  return new StreamsError('ILLEGAL_STATE', message);
}
