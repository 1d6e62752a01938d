import { partitionName, type TopicPartition } from '../core/record.ts';
import type { Deadline, Deadlines } from './deadlines.ts';
import type { KafkaErrorName } from './kafka-error.ts';
import type {
  AddOffsetsToTxnRequest,
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
  EndTxnRequest,
  InitProducerIdRequest,
  InitProducerIdResponse,
  TransactionIdentity,
  TransactionResponse,
} from './protocol/transactions.ts';

/**
 * The states of a transactional id. Kafka's two Prepare states are left out, since the markers are written in the same
 * synchronous step: nobody can see them, and CONCURRENT_TRANSACTIONS comes from a fault hook only.
 *
 *     Empty → Ongoing → CompleteCommit | CompleteAbort → Ongoing …
 */
export type TransactionState = 'Empty' | 'Ongoing' | 'CompleteCommit' | 'CompleteAbort';

interface Transaction {
  producerId: number;
  epoch: number;
  /** The epoch before the last one that was asked for: a repeated request names it. */
  lastEpoch: number;
  state: TransactionState;
  timeoutMs: number;
  readonly partitions: Map<string, TopicPartition>;
  readonly groups: Set<string>;
  expiry: Deadline | null;
}

export interface TransactionsOptions {
  readonly deadlines: Deadlines;
  /** Monotone time in ms. */
  readonly now: () => number;
  /** Kafka's `transaction.max.timeout.ms`. */
  readonly maxTimeoutMs: number;
  readonly exists: (partition: TopicPartition) => boolean;
  /** Writes the end of the transaction into a partition. */
  readonly writeMarker: (partition: TopicPartition, producerId: number, epoch: number, committed: boolean) => void;
  /** Makes a group's held offsets visible, or drops them. */
  readonly endOffsets: (groupId: string, producerId: number, committed: boolean) => void;
}

/** An id runs out of epochs here: Kafka keeps the last for fencing. */
const LAST_EPOCH = 0x7ffe;

/** The coordinator of all transactional ids, and the source of producer ids. */
export class Transactions {
  readonly #transactions = new Map<string, Transaction>();
  readonly #options: TransactionsOptions;
  #nextProducerId = 0;

  constructor(options: TransactionsOptions) {
    this.#options = options;
  }

  initProducerId(request: InitProducerIdRequest): InitProducerIdResponse {
    const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request;
    if (transactionalId === null) return initialised(this.#nextProducerId++, 0);
    if (transactionalId === '') return initRefused('INVALID_REQUEST');
    if (transactionTimeoutMs <= 0 || transactionTimeoutMs > this.#options.maxTimeoutMs) {
      return initRefused('INVALID_TRANSACTION_TIMEOUT');
    }
    const known = this.#transactions.get(transactionalId);
    if (!known) {
      const fresh = newTransaction(this.#nextProducerId++, transactionTimeoutMs);
      this.#transactions.set(transactionalId, fresh);
      return initialised(fresh.producerId, fresh.epoch);
    }
    // KIP-360: a producer that names its id and epoch asks for the next one, and must still be the current one;
    // or it was, and the answer was lost.
    if (producerId === known.producerId && producerEpoch === known.lastEpoch && known.state === 'Empty') {
      return initialised(known.producerId, known.epoch);
    }
    if (producerId !== -1 && (producerId !== known.producerId || producerEpoch !== known.epoch)) {
      return initRefused('PRODUCER_FENCED');
    }
    if (known.state === 'Ongoing') this.#fence(known);
    this.#nextEpoch(known);
    known.state = 'Empty';
    known.timeoutMs = transactionTimeoutMs;
    return initialised(known.producerId, known.epoch);
  }

  addPartitions(request: AddPartitionsToTxnRequest): AddPartitionsToTxnResponse {
    const { transaction, error } = this.#find(request);
    const missing = error === 'NONE' && request.partitions.some((partition) => !this.#options.exists(partition));
    if (transaction && !missing) {
      this.#begin(transaction);
      for (const { topic, partition } of request.partitions) {
        transaction.partitions.set(partitionName(topic, partition), { topic, partition });
      }
    }
    return {
      partitions: request.partitions.map(({ topic, partition }) => {
        if (!missing) return { topic, partition, error };
        const isThere = this.#options.exists({ topic, partition });
        return { topic, partition, error: isThere ? 'OPERATION_NOT_ATTEMPTED' : 'UNKNOWN_TOPIC_OR_PARTITION' };
      }),
    };
  }

  addOffsets(request: AddOffsetsToTxnRequest): TransactionResponse {
    const { transaction, error } = this.#find(request);
    if (transaction) {
      this.#begin(transaction);
      transaction.groups.add(request.groupId);
    }
    return { error };
  }

  end(request: EndTxnRequest): TransactionResponse {
    const { transaction, error } = this.#find(request);
    if (!transaction) return { error };
    if (transaction.state === 'Ongoing') {
      this.#end(transaction, request.committed);
      return { error: 'NONE' };
    }
    // The answer to an earlier try may have been lost.
    const again = request.committed ? 'CompleteCommit' : 'CompleteAbort';
    return { error: transaction.state === again ? 'NONE' : 'INVALID_TXN_STATE' };
  }

  /** Whether a transactional batch may be written to the partition (KIP-890's verification). */
  verify(transactionalId: string, producerId: number, epoch: number, partition: TopicPartition): KafkaErrorName {
    const transaction = this.#transactions.get(transactionalId);
    if (!transaction || transaction.producerId !== producerId) return 'INVALID_PRODUCER_ID_MAPPING';
    if (transaction.epoch !== epoch) return 'INVALID_PRODUCER_EPOCH';
    const isAdded = transaction.partitions.has(partitionName(partition.topic, partition.partition));
    return transaction.state === 'Ongoing' && isAdded ? 'NONE' : 'INVALID_TXN_STATE';
  }

  /** Whether offsets of the group may be committed in the transaction. */
  verifyGroup(identity: TransactionIdentity, groupId: string): KafkaErrorName {
    const { transaction, error } = this.#find(identity);
    if (!transaction) return error === 'PRODUCER_FENCED' ? 'INVALID_PRODUCER_EPOCH' : error;
    return transaction.state === 'Ongoing' && transaction.groups.has(groupId) ? 'NONE' : 'INVALID_TXN_STATE';
  }

  state(transactionalId: string): TransactionState | undefined {
    return this.#transactions.get(transactionalId)?.state;
  }

  #find(identity: TransactionIdentity): { transaction: Transaction | null; error: KafkaErrorName } {
    const transaction = this.#transactions.get(identity.transactionalId);
    if (!transaction || transaction.producerId !== identity.producerId) {
      return { transaction: null, error: 'INVALID_PRODUCER_ID_MAPPING' };
    }
    if (transaction.epoch !== identity.producerEpoch) return { transaction: null, error: 'PRODUCER_FENCED' };
    return { transaction, error: 'NONE' };
  }

  #begin(transaction: Transaction): void {
    if (transaction.state === 'Ongoing') return;
    transaction.state = 'Ongoing';
    const atMs = this.#options.now() + transaction.timeoutMs;
    transaction.expiry = this.#options.deadlines.schedule(atMs, () => this.#fence(transaction));
  }

  /** Aborts under a higher epoch, so that the producer that began it is refused from now on. */
  #fence(transaction: Transaction): void {
    transaction.epoch++;
    this.#end(transaction, false);
  }

  #end(transaction: Transaction, committed: boolean): void {
    const { producerId, epoch, partitions, groups } = transaction;
    transaction.expiry?.cancel();
    transaction.expiry = null;
    transaction.state = committed ? 'CompleteCommit' : 'CompleteAbort';
    const ended = [...partitions.values()];
    partitions.clear();
    // Offsets first: a reader that is woken by the marker finds them.
    for (const groupId of groups) this.#options.endOffsets(groupId, producerId, committed);
    groups.clear();
    for (const partition of ended) this.#options.writeMarker(partition, producerId, epoch, committed);
  }

  #nextEpoch(transaction: Transaction): void {
    if (transaction.epoch < LAST_EPOCH) {
      transaction.lastEpoch = transaction.epoch;
      transaction.epoch++;
      return;
    }
    transaction.producerId = this.#nextProducerId++;
    transaction.epoch = 0;
    transaction.lastEpoch = -1;
  }
}

function newTransaction(producerId: number, timeoutMs: number): Transaction {
  return {
    producerId,
    epoch: 0,
    lastEpoch: -1,
    state: 'Empty',
    timeoutMs,
    partitions: new Map(),
    groups: new Set(),
    expiry: null,
  };
}

function initialised(producerId: number, producerEpoch: number): InitProducerIdResponse {
  return { error: 'NONE', producerId, producerEpoch };
}

function initRefused(error: KafkaErrorName): InitProducerIdResponse {
  return { error, producerId: -1, producerEpoch: -1 };
}
