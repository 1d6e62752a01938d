import { StreamsError } from '../../core/errors.ts';
import { partitionName, type TopicPartition } from '../../core/record.ts';
import type { CommittedOffset, GroupMetadata } from '../client.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { kafkaFailure, throwFirst } from '../cluster/kafka-failure.ts';
import type { WireRequest } from '../wire/request.ts';
import { addOffsetsToTxn } from '../wire/requests/add-offsets-to-txn.ts';
import { addPartitionsToTxn } from '../wire/requests/add-partitions-to-txn.ts';
import { endTxn, type TransactionQuery } from '../wire/requests/end-txn.ts';
import type { PartitionResult } from '../wire/requests/offset-commit.ts';
import { txnOffsetCommit } from '../wire/requests/txn-offset-commit.ts';

/**
 * One transaction at its coordinator. Each step is repeated while the coordinator moves, loads, or still writes the
 * markers of the transaction before (CONCURRENT_TRANSACTIONS): that is its normal course, not an error.
 */
export class Transaction {
  readonly #cluster: Cluster;
  readonly #query: TransactionQuery;
  readonly #lane: string;
  readonly #partitions = new Set<string>();
  readonly #groups = new Set<string>();
  /** Something was asked for that the coordinator may know of, so that the transaction has to be ended there. */
  #begun = false;
  /** A commit was asked for and its answer never came: it may have happened. */
  #commitUndecided = false;

  constructor(cluster: Cluster, query: TransactionQuery, lane: string) {
    this.#cluster = cluster;
    this.#query = query;
    this.#lane = lane;
  }

  has(topic: string, partition: number): boolean {
    return this.#partitions.has(partitionName(topic, partition));
  }

  /** To be done before the first batch of each of them is sent. */
  async add(partitions: readonly TopicPartition[]): Promise<void> {
    this.#begun = true;
    await this.#cluster.retrying(async () => {
      const results = await this.#ask(addPartitionsToTxn(this.#query, partitions), firstCode);
      // When one is refused, the others are refused as not attempted: the one that was tells why.
      throwFirst(
        results.filter(({ errorCode }) => errorCode !== OPERATION_NOT_ATTEMPTED),
        'AddPartitionsToTxn',
      );
      throwFirst(results, 'AddPartitionsToTxn');
    });
    for (const { topic, partition } of partitions) this.#partitions.add(partitionName(topic, partition));
  }

  async addOffsets(group: GroupMetadata, offsets: readonly CommittedOffset[]): Promise<void> {
    if (offsets.length === 0) return;
    this.#begun = true;
    if (!this.#groups.has(group.groupId)) {
      await this.#cluster.retrying(async () => {
        const code = await this.#ask(addOffsetsToTxn(this.#query, group.groupId), (it) => it);
        if (code !== 0) throw kafkaFailure(code, `AddOffsetsToTxn of ${this.#query.transactionalId}`);
      });
      this.#groups.add(group.groupId);
    }
    await this.#cluster.retrying(async () => {
      const request = txnOffsetCommit(this.#query, group, offsets);
      const results = await this.#cluster.sendToCoordinator('group', group.groupId, this.#lane, request, firstCode);
      throwFirst(results, `TxnOffsetCommit of ${this.#query.transactionalId}`);
    });
  }

  async end(commit: boolean): Promise<void> {
    if (!this.#begun) return;
    if (commit) this.#commitUndecided = true;
    await this.#cluster.retrying(async () => {
      const code = await this.#ask(endTxn(this.#query, commit), (it) => it);
      if (code === 0) return;
      const failure = kafkaFailure(code, `EndTxn of ${this.#query.transactionalId}`);
      // Nothing had reached the coordinator, or it timed the transaction out: there is nothing to abort.
      if (!this.#commitUndecided && failure.kafkaError === 'INVALID_TXN_STATE') return;
      throw failure;
    });
  }

  #ask<T>(request: WireRequest<T>, codeOf: (answer: T) => number): Promise<T> {
    return this.#cluster.sendToCoordinator('transaction', this.#query.transactionalId, this.#lane, request, codeOf);
  }
}

const OPERATION_NOT_ATTEMPTED = 55;

function firstCode(results: readonly PartitionResult[]): number {
  return results.find(({ errorCode }) => errorCode !== 0 && errorCode !== OPERATION_NOT_ATTEMPTED)?.errorCode ?? 0;
}

export function notInTransaction(step: string): StreamsError {
  return new StreamsError('ILLEGAL_STATE', `${step}: no transaction is open; call beginTransaction first`);
}
