import { randomUUID } from 'node:crypto';
import { systemClock, type Clock } from '../core/clock.ts';
import { readBatchHeader } from '../kafka/wire/record-batch-header.ts';
import { Deadlines } from './deadlines.ts';
import { fetch } from './fetches.ts';
import { Groups } from './groups.ts';
import type { Fault, Intercept, InterceptedRequest } from './intercept.ts';
import type { KafkaErrorName } from './kafka-error.ts';
import type { ApiName, Apis, Reply } from './protocol/apis.ts';
import type * as groups from './protocol/groups.ts';
import * as records from './protocol/records.ts';
import type * as protocol from './protocol/topics.ts';
import type * as transactions from './protocol/transactions.ts';
import { Topics } from './topics.ts';
import { Transactions } from './transactions.ts';

export interface EmbeddedBrokerOptions {
  readonly clock?: Clock;
  readonly clusterId?: string;
  /** Partitions of a topic that does not say how many (default 1). */
  readonly defaultPartitions?: number;
  /** Settings of every topic that does not set them itself, such as `{'retention.bytes': '67108864'}`. */
  readonly defaultSettings?: Readonly<Record<string, string>>;
  /** How long the first rebalance of an empty group waits for more members (default 0 ms; Kafka's default is 3,000). */
  readonly initialRebalanceDelayMs?: number;
  /** Default 6,000 ms, as Kafka's. */
  readonly minSessionTimeoutMs?: number;
  /** Default 1,800,000 ms, as Kafka's. */
  readonly maxSessionTimeoutMs?: number;
  /** Default 900,000 ms, as Kafka's. */
  readonly maxTransactionTimeoutMs?: number;
  /** For the ids of the cluster, of topics and of members (default: random). Simulation passes one that repeats. */
  readonly uuid?: () => string;
}

type Handlers = {
  readonly [K in ApiName]: (
    request: Apis[K]['request'],
    reply: (response: Apis[K]['response']) => void,
  ) => (() => void) | void;
};

const RETENTION_CHECK_MS = 300_000;
const nothing = (): void => {};

/**
 * A Kafka broker as one synchronous state machine, in memory, for samples, tests and simulation. **Never for
 * production**: one replica, nothing on disk, no authentication.
 *
 * Where it differs from Kafka: `retention.ms` is unlimited by default; the first rebalance of a group does not wait;
 * committed offsets, producer ids and sequence numbers never expire; there are no quotas, no ACLs and no configuration
 * requests; compaction keeps no key waiting (`min.compaction.lag.ms` is ignored); transactions end in one step, so
 * CONCURRENT_TRANSACTIONS comes from {@link intercept} only.
 *
 * There is one method for each kind of request, and {@link handle} for all of them, where {@link intercept} may inject
 * faults. The broker has no timer: whoever owns the clock calls {@link tick} when {@link nextDeadline} comes.
 */
export class EmbeddedBroker {
  readonly clusterId: string;
  readonly clock: Clock;
  readonly topics: Topics;
  readonly groups: Groups;
  readonly transactions: Transactions;
  /** Asked for each request that comes through {@link handle}. */
  intercept: Intercept | null = null;
  /** Told when the next deadline became an earlier one. */
  readonly onDeadline = new Set<() => void>();
  readonly #deadlines = new Deadlines();
  readonly #now: () => number;
  readonly #handlers: Handlers;

  constructor(options: EmbeddedBrokerOptions = {}) {
    const { clock = systemClock, uuid = randomUUID } = options;
    this.clock = clock;
    this.clusterId = options.clusterId ?? `embedded-${uuid().slice(0, 8)}`;
    this.#now = () => clock.monotonic();
    this.#deadlines.onEarlier = () => {
      for (const listener of this.onDeadline) listener();
    };
    this.topics = new Topics({
      defaultPartitions: options.defaultPartitions ?? 1,
      defaultSettings: options.defaultSettings ?? {},
      uuid,
    });
    const exists = ({ topic, partition }: { topic: string; partition: number }): boolean =>
      this.topics.log(topic, partition) !== undefined;
    this.groups = new Groups({
      deadlines: this.#deadlines,
      now: this.#now,
      uuid,
      initialRebalanceDelayMs: options.initialRebalanceDelayMs ?? 0,
      minSessionTimeoutMs: options.minSessionTimeoutMs ?? 6_000,
      maxSessionTimeoutMs: options.maxSessionTimeoutMs ?? 1_800_000,
      exists,
    });
    this.transactions = new Transactions({
      deadlines: this.#deadlines,
      now: this.#now,
      maxTimeoutMs: options.maxTransactionTimeoutMs ?? 900_000,
      exists,
      writeMarker: ({ topic, partition }, producerId, epoch, committed) =>
        this.topics.log(topic, partition)?.appendMarker(producerId, epoch, committed, clock.now()),
      endOffsets: (groupId, producerId, committed) => this.groups.endTransaction(groupId, producerId, committed),
    });
    this.#handlers = this.#makeHandlers();
    this.#checkRetention();
  }

  /** The monotone time of the broker's clock at which {@link tick} has something to do next. */
  nextDeadline(): number | null {
    return this.#deadlines.next();
  }

  /** Does what is due: sessions, rebalances, transactions and waits that ran out. */
  tick(): void {
    this.#deadlines.run(this.#now());
  }

  /** Carries out a request, as {@link intercept} lets it. The reply may come at once. Answers what cancels a wait. */
  handle<K extends ApiName>(api: K, request: Apis[K]['request'], reply: Reply<K>): () => void {
    const fault = this.intercept?.({ api, request } as InterceptedRequest) ?? null;
    return fault ? this.#fail(fault, api, request, reply) : (this.#handlers[api](request, reply) ?? nothing);
  }

  #fail<K extends ApiName>(fault: Fault, api: K, request: Apis[K]['request'], reply: Reply<K>): () => void {
    switch (fault.kind) {
      case 'error':
        reply({ refused: fault.error });
        return nothing;
      case 'drop':
        return nothing;
      case 'dropReply':
        return this.#handlers[api](request, nothing) ?? nothing;
      case 'delay': {
        let cancel: (() => void) | void;
        const deadline = this.#deadlines.schedule(this.#now() + fault.delayMs, () => {
          cancel = this.#handlers[api](request, reply);
        });
        return () => {
          deadline.cancel();
          cancel?.();
        };
      }
    }
  }

  produce(request: records.ProduceRequest): records.ProduceResponse {
    return { partitions: request.partitions.map((produced) => this.#append(request.transactionalId, produced)) };
  }

  #append(transactionalId: string | null, { topic, partition, records: batch }: records.ProducePartition) {
    const log = this.topics.log(topic, partition);
    const refused = (error: KafkaErrorName): records.ProducedPartition => ({
      topic,
      partition,
      error,
      baseOffset: -1,
      logStartOffset: -1,
    });
    if (!log) return refused('UNKNOWN_TOPIC_OR_PARTITION');
    if (transactionalId !== null) {
      const error = this.#verify(transactionalId, { topic, partition }, batch);
      if (error !== 'NONE') return refused(error);
    }
    const { error, baseOffset } = log.append(batch, this.clock.now());
    return error === 'NONE'
      ? { topic, partition, error, baseOffset, logStartOffset: log.logStartOffset }
      : refused(error);
  }

  #verify(transactionalId: string, at: { topic: string; partition: number }, batch: Buffer): KafkaErrorName {
    try {
      const header = readBatchHeader(batch, 0);
      if (!header.isTransactional) return 'NONE';
      return this.transactions.verify(transactionalId, header.producerId, header.producerEpoch, at);
    } catch {
      return 'CORRUPT_MESSAGE';
    }
  }

  fetch(request: records.FetchRequest, reply: (response: records.FetchResponse) => void): () => void {
    return fetch({ topics: this.topics, deadlines: this.#deadlines, now: this.#now }, request, reply);
  }

  listOffsets(request: records.ListOffsetsRequest): records.ListOffsetsResponse {
    return {
      partitions: request.partitions.map(({ topic, partition, timestamp }) => {
        const log = this.topics.log(topic, partition);
        const none = { topic, partition, offset: -1, timestamp: -1 };
        if (!log) return { ...none, error: 'UNKNOWN_TOPIC_OR_PARTITION' };
        if (timestamp === records.EARLIEST_TIMESTAMP) return { ...none, error: 'NONE', offset: log.logStartOffset };
        if (timestamp === records.LATEST_TIMESTAMP) {
          return { ...none, error: 'NONE', offset: log.endOffset(request.isolation) };
        }
        const found = log.offsetForTime(timestamp, request.isolation);
        return { ...none, error: 'NONE', ...found };
      }),
    };
  }

  deleteRecords(request: records.DeleteRecordsRequest): records.DeleteRecordsResponse {
    return {
      partitions: request.partitions.map(({ topic, partition, offset }) => {
        const log = this.topics.log(topic, partition);
        const error = log?.deleteRecords(offset) ?? 'UNKNOWN_TOPIC_OR_PARTITION';
        return { topic, partition, error, lowWatermark: log && error === 'NONE' ? log.logStartOffset : -1 };
      }),
    };
  }

  metadata(request: protocol.MetadataRequest): protocol.MetadataResponse {
    const names = request.topics ?? this.topics.names();
    return { clusterId: this.clusterId, topics: names.map((name) => this.#describe(name, request)) };
  }

  #describe(name: string, request: protocol.MetadataRequest): protocol.TopicMetadata {
    let error: KafkaErrorName = 'UNKNOWN_TOPIC_OR_PARTITION';
    if (request.allowAutoTopicCreation && !this.topics.get(name)) {
      error = this.topics.create({ name, partitions: -1, replicationFactor: -1 })?.error ?? 'NONE';
    }
    const topic = this.topics.get(name);
    if (!topic) return { error, name, topicId: null, internal: false, partitions: 0 };
    return { error: 'NONE', name, topicId: topic.id, internal: false, partitions: topic.partitions.length };
  }

  createTopics(request: protocol.CreateTopicsRequest): protocol.TopicsResponse {
    return {
      topics: request.topics.map((topic) => {
        const refused = this.topics.create(topic, request.validateOnly);
        return { name: topic.name, error: refused?.error ?? 'NONE', errorMessage: refused?.message ?? null };
      }),
    };
  }

  deleteTopics(request: protocol.DeleteTopicsRequest): protocol.TopicsResponse {
    return {
      topics: request.names.map((name) => {
        const isDeleted = this.topics.delete(name);
        if (isDeleted) this.groups.removeTopic(name);
        return { name, error: isDeleted ? 'NONE' : 'UNKNOWN_TOPIC_OR_PARTITION', errorMessage: null };
      }),
    };
  }

  txnOffsetCommit(request: groups.TxnOffsetCommitRequest): groups.OffsetCommitResponse {
    const error = this.transactions.verifyGroup(request, request.groupId);
    if (error === 'NONE') return this.groups.commitInTransaction(request);
    return { partitions: request.offsets.map(({ topic, partition }) => ({ topic, partition, error })) };
  }

  initProducerId(request: transactions.InitProducerIdRequest): transactions.InitProducerIdResponse {
    return this.transactions.initProducerId(request);
  }

  #makeHandlers(): Handlers {
    const { groups: coordinator, transactions: txns } = this;
    return {
      Produce: (request, reply) => reply(this.produce(request)),
      Fetch: (request, reply) => this.fetch(request, reply),
      ListOffsets: (request, reply) => reply(this.listOffsets(request)),
      DeleteRecords: (request, reply) => reply(this.deleteRecords(request)),
      Metadata: (request, reply) => reply(this.metadata(request)),
      CreateTopics: (request, reply) => reply(this.createTopics(request)),
      DeleteTopics: (request, reply) => reply(this.deleteTopics(request)),
      JoinGroup: (request, reply) => coordinator.join(request, reply),
      SyncGroup: (request, reply) => coordinator.sync(request, reply),
      Heartbeat: (request, reply) => reply(coordinator.heartbeat(request)),
      LeaveGroup: (request, reply) => reply(coordinator.leave(request)),
      OffsetCommit: (request, reply) => reply(coordinator.commit(request)),
      OffsetFetch: (request, reply) => reply(coordinator.fetchOffsets(request)),
      ListGroups: (_request, reply) => reply(coordinator.list()),
      DescribeGroups: (request, reply) => reply(coordinator.describe(request.groupId)),
      DeleteGroups: (request, reply) => reply(coordinator.delete(request.groupId)),
      InitProducerId: (request, reply) => reply(this.initProducerId(request)),
      AddPartitionsToTxn: (request, reply) => reply(txns.addPartitions(request)),
      AddOffsetsToTxn: (request, reply) => reply(txns.addOffsets(request)),
      TxnOffsetCommit: (request, reply) => reply(this.txnOffsetCommit(request)),
      EndTxn: (request, reply) => reply(txns.end(request)),
    };
  }

  #checkRetention(): void {
    this.#deadlines.schedule(this.#now() + RETENTION_CHECK_MS, () => {
      this.topics.enforceRetention(this.clock.now());
      this.#checkRetention();
    });
  }
}
