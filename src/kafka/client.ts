import type { Headers, PartitionOffset, TopicPartition } from '../core/record.ts';

/**
 * The port to Kafka: everything the rest of the code knows of a broker. Two implementations prove themselves on one
 * contract suite (`src/testing/contracts/kafka-client.ts`): `kafkajs/` on real brokers and `src/embedded` in one process.
 *
 * Every promise below rejects with a `StreamsError`; a broker's refusal carries Kafka's own error name in `kafkaError`.
 * Retriable refusals (leader moved, coordinator loading, …) are retried inside, with back-off, until `requestTimeoutMs`.
 */
export interface KafkaClient {
  /** @throws BROKER_UNAVAILABLE naming the brokers tried */
  connect(): Promise<void>;
  /** Closes every connection, fetcher, producer and member made here. */
  close(): Promise<void>;
  /** Whether the last request to the cluster succeeded: for readiness, not for control flow. */
  readonly connected: boolean;
  readonly admin: KafkaAdmin;
  fetcher(options?: FetcherOptions): Fetcher;
  producer(options?: ProducerOptions): Producer;
  member(options: MemberOptions): GroupMember;
}

export interface TopicDescription {
  readonly name: string;
  /** Kafka's topic id (a UUID) where the broker tells it: another id under the same name is another topic. */
  readonly id: string | null;
  readonly partitions: number;
  readonly internal: boolean;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** -1: the broker's default. */
  readonly replicationFactor: number;
  /** Topic settings, such as `cleanup.policy`. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface CommittedOffset extends PartitionOffset {
  readonly metadata: string;
}

export interface GroupDescription {
  readonly groupId: string;
  /** Kafka's name of the state: `Empty`, `Stable`, `PreparingRebalance`, `CompletingRebalance`, `Dead`. */
  readonly state: string;
  readonly members: readonly { readonly memberId: string; readonly clientId: string; readonly host: string }[];
}

export interface KafkaAdmin {
  clusterId(): Promise<string>;
  /** Names of all topics. */
  listTopics(): Promise<string[]>;
  /** The topics that exist among `names`; a missing one is absent from the answer, not an error. */
  describeTopics(names: readonly string[]): Promise<Map<string, TopicDescription>>;
  /** Creates the topics; one that exists already is left as it is. Returns when their partitions have leaders. */
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  deleteTopics(names: readonly string[]): Promise<void>;
  /** `earliest`: log start; `latest`: end offset under the isolation; a number: first offset at or after that time, or the end. */
  listOffsets(
    partitions: readonly TopicPartition[],
    at: 'earliest' | 'latest' | number,
    isolation?: IsolationLevel,
  ): Promise<PartitionOffset[]>;
  /** Deletes what is below the offsets (Kafka's DeleteRecords). */
  deleteRecords(offsets: readonly PartitionOffset[]): Promise<void>;
  /** Committed offsets of a group; partitions without one are absent. All partitions of the group when none are named. */
  fetchOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<CommittedOffset[]>;
  /** Commits for a group that has no members. @throws KAFKA_ERROR when it has some */
  commitOffsets(groupId: string, offsets: readonly CommittedOffset[]): Promise<void>;
  describeGroup(groupId: string): Promise<GroupDescription>;
  /** Takes members out of a group, as if they had left. One that still runs notices and comes back. */
  removeMembers(groupId: string, memberIds: readonly string[]): Promise<void>;
  deleteGroup(groupId: string): Promise<void>;
}

export type IsolationLevel = 'read_uncommitted' | 'read_committed';

export interface FetcherOptions {
  /** Default `read_committed`. */
  readonly isolation?: IsolationLevel;
  /**
   * Bytes of fetched and not yet released chunks over all partitions (default 64 MiB). Shared out equally, at least 16 KiB
   * each. A broker sends a whole batch whatever was asked for, so a partition may hold one batch above its share: where
   * batches are larger than half a share, the limit is partitions times batch size.
   */
  readonly maxBufferedBytes?: number;
  /** Asked of a partition in one request (default 1 MiB). */
  readonly maxPartitionBytes?: number;
  /** How long the broker may wait for new records (default 500 ms). */
  readonly maxWaitMs?: number;
  /** The broker answers at once when this much is there (default 1). */
  readonly minBytes?: number;
}

/**
 * Reads partitions by offset, outside any group. Requests run in the background, one per broker at a time, while the
 * bytes that were delivered and not released stay under the budget: not releasing is the back-pressure.
 */
export interface Fetcher {
  /** Reads a partition from `offset` on; moves the position of one already read (what was buffered is dropped). */
  add(topic: string, partition: number, offset: number): void;
  /** Stops reading it; nothing of it is delivered after this call. */
  remove(topic: string, partition: number): void;
  /** What has arrived since the last call, in order within a partition. Never waits. */
  poll(): FetchedChunk[];
  /**
   * Resolves when `poll` has something, after `timeoutMs`, on `wake`, or when the fetcher is closed meanwhile; whichever is
   * first. @throws ILLEGAL_STATE (it rejects) once the fetcher is closed: a loop that goes on all the same ends, and does
   * not spin
   */
  arrival(timeoutMs: number): Promise<void>;
  /** Ends a pending `arrival` now; where there is none, the next one: nobody sleeps over what happened just before. */
  wake(): void;
  /** The chunk's bytes are free for other fetches. */
  release(chunk: FetchedChunk): void;
  /** Bytes delivered and not released, plus those arrived and not polled. */
  readonly bufferedBytes: number;
  close(): Promise<void>;
}

/** A run of records of one partition, or the error that stopped its reading (OFFSET_OUT_OF_RANGE, TOPIC_MISSING, CORRUPT_RECORD, …). */
export interface FetchedChunk extends TopicPartition {
  readonly records: RecordCursor;
  /** The position after this chunk; larger than the last record + 1 after control records or compaction. */
  readonly nextOffset: number;
  /** End of the partition under the isolation asked for. */
  readonly endOffset: number;
  readonly logStartOffset: number;
  readonly bytes: number;
  readonly error: Error | null;
}

/** Walks decoded records without making an object for each: read the fields after each `next()` that answered true. */
export interface RecordCursor {
  /** @throws CORRUPT_RECORD */
  next(): boolean;
  readonly offset: number;
  readonly timestamp: number;
  /** A view of the fetched bytes, which are never reused. */
  key(): Buffer | null;
  value(): Buffer | null;
  headers(): Headers;
}

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

export interface ProducerOptions {
  /** Set: a transactional producer under that id. Idempotent in any case. */
  readonly transactionalId?: string;
  /** How long the broker keeps an open transaction (default 10,000 ms). */
  readonly transactionTimeoutMs?: number;
  readonly compression?: Compression;
  /** A batch is sent at this size at the latest (default 128 KiB). A broker that refuses it as too large gets it split. */
  readonly batchBytes?: number;
  /** A batch that is not full waits at most this long for more (default 5 ms). */
  readonly lingerMs?: number;
  /** Bytes that were sent to the producer and not yet acknowledged, above which `ready` is false (default 32 MiB). */
  readonly maxBufferedBytes?: number;
  /** A record larger than this is refused in `send` (default 1,000,000 bytes). */
  readonly maxRecordBytes?: number;
  /** How long a batch is retried before it fails (default 120,000 ms). */
  readonly deliveryTimeoutMs?: number;
}

/** One idempotent producer: one request in flight per partition, order kept. */
export interface Producer {
  /** Gets the producer id (and fences older producers of the transactional id). Call once before anything else. */
  init(): Promise<void>;
  /**
   * Appends to the partition's open batch and returns at once; no promise per record. The bytes are copied.
   * A delivery that fails later fails the next `flush`.
   * @throws RECORD_TOO_LARGE
   */
  send(
    topic: string,
    partition: number,
    key: Buffer | null,
    value: Buffer | null,
    timestamp: number,
    headers: Headers,
  ): void;
  /** Whether more may be sent without exceeding the buffer; ask between records, and wait with `drained`. */
  readonly ready: boolean;
  drained(): Promise<void>;
  /** Everything sent before this call is acknowledged by all in-sync replicas; or rejects with the first failure since the last flush. */
  flush(): Promise<void>;
  /** The offset after the last acknowledged record of that partition, or undefined when nothing of it was acknowledged yet. */
  acknowledged(topic: string, partition: number): number | undefined;
  beginTransaction(): void;
  /** Adds the group's offsets to the transaction (TxnOffsetCommit v3: fenced by generation and member id). */
  sendOffsets(group: GroupMetadata, offsets: readonly CommittedOffset[]): Promise<void>;
  commitTransaction(): Promise<void>;
  abortTransaction(): Promise<void>;
  /** What was sent since the producer was made; absent where nobody counts. */
  readonly stats?: ProducerStats;
  /** Gives up what is not yet acknowledged. */
  close(): Promise<void>;
}

export interface ProducerStats {
  readonly records: number;
  /** As they went out: compressed, and those of retries too. */
  readonly bytes: number;
  readonly batches: number;
  readonly requests: number;
  /** Batches that had to be sent again. */
  readonly retries: number;
  /** Time requests took, in ms, all together. */
  readonly requestMs: number;
}

export interface GroupMetadata {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

export interface MemberOptions {
  readonly groupId: string;
  /** Static membership (KIP-345). */
  readonly groupInstanceId?: string;
  /** Default 45,000 ms. */
  readonly sessionTimeoutMs?: number;
  /** How long the others wait for this member in a rebalance, and the longest pause between two polls (default 300,000 ms). */
  readonly rebalanceTimeoutMs?: number;
  /** Default 3,000 ms. Heartbeats run on a timer of their own, whatever the processing does between turns of the event loop. */
  readonly heartbeatIntervalMs?: number;
  /** The assignment protocol's name, such as `topology-streams`. */
  readonly protocol: string;
  /** What this member tells the leader; asked anew at each join. Bytes as in Kafka's ConsumerProtocolSubscription. */
  readonly subscription: () => Buffer;
  /** Run on the leader only: what each member gets. Bytes as in Kafka's ConsumerProtocolAssignment. */
  readonly assign: (members: readonly MemberSubscription[]) => Promise<ReadonlyMap<string, Buffer>>;
}

export interface MemberSubscription {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly subscription: Buffer;
}

export interface Membership extends GroupMetadata {
  readonly assignment: Buffer;
  readonly leader: boolean;
}

/**
 * Who tells the coordinator that it leaves: `dynamic`: all but static members, which keep their place for a restart
 * (KIP-345); `all`: static ones too; `none`: the place is free when the session has ended.
 */
export type LeaveGroup = 'dynamic' | 'all' | 'none';

/** A member of a group under the classic protocol. */
export interface GroupMember {
  /** JoinGroup and SyncGroup, retried until this member has an assignment. */
  join(): Promise<Membership>;
  /** True once the coordinator asked for a rebalance or forgot this member: suspend the work and `join` again. */
  readonly rejoinNeeded: boolean;
  /** The coordinator forgot this member (session expired, fenced): what it owned may be owned by another already. */
  readonly lost: boolean;
  /** Called when `rejoinNeeded` or `lost` turns true. */
  onRebalance: (() => void) | null;
  /** The membership of the last join. */
  readonly membership: Membership | null;
  /** Commits under the current generation. @throws FENCED when the group has moved on */
  commit(offsets: readonly CommittedOffset[]): Promise<void>;
  committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]>;
  /**
   * For a member whose owner stands still: it is `lost` from now on, and the others get what it had; at once, or for a static
   * member when its session ends. `join` begins anew. Does nothing while it is joining, or is lost already.
   */
  giveWay(): Promise<void>;
  /** Tells the coordinator, so that the others need not wait for the session to expire (default `dynamic`). */
  leave(who?: LeaveGroup): Promise<void>;
}
