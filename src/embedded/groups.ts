import type { TopicPartition } from '../core/record.ts';
import type { CommittedOffset } from '../kafka/client.ts';
import { Group, type GroupContext } from './group.ts';
import type { KafkaErrorName } from './kafka-error.ts';
import type {
  DeleteGroupResponse,
  DescribeGroupResponse,
  HeartbeatRequest,
  HeartbeatResponse,
  JoinGroupRequest,
  JoinGroupResponse,
  LeaveGroupRequest,
  LeaveGroupResponse,
  ListGroupsResponse,
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetFetchRequest,
  OffsetFetchResponse,
  SyncGroupRequest,
  SyncGroupResponse,
  TxnOffsetCommitRequest,
} from './protocol/groups.ts';
import { joinRefused, syncRefused } from './refusals.ts';

export interface GroupsOptions extends GroupContext {
  /** Kafka's `group.min.session.timeout.ms` and `group.max.session.timeout.ms`. */
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly exists: (partition: TopicPartition) => boolean;
}

/** Kafka's `offset.metadata.max.bytes`. */
const MAX_METADATA_BYTES = 4096;

/** The coordinator of all groups (classic protocol). */
export class Groups {
  readonly #groups = new Map<string, Group>();
  readonly #options: GroupsOptions;

  constructor(options: GroupsOptions) {
    this.#options = options;
  }

  join(request: JoinGroupRequest, reply: (response: JoinGroupResponse) => void): void {
    const { groupId, memberId, sessionTimeoutMs } = request;
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#options;
    if (groupId === '') return reply(joinRefused('INVALID_GROUP_ID', memberId));
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      return reply(joinRefused('INVALID_SESSION_TIMEOUT', memberId));
    }
    const known = this.#groups.get(groupId);
    if (!known && memberId !== '') return reply(joinRefused('UNKNOWN_MEMBER_ID', memberId));
    (known ?? this.#create(groupId)).join(request, reply);
  }

  sync(request: SyncGroupRequest, reply: (response: SyncGroupResponse) => void): void {
    const group = this.#groups.get(request.groupId);
    if (group) group.sync(request, reply);
    else reply(syncRefused('UNKNOWN_MEMBER_ID'));
  }

  heartbeat(request: HeartbeatRequest): HeartbeatResponse {
    return { error: this.#groups.get(request.groupId)?.heartbeat(request) ?? 'UNKNOWN_MEMBER_ID' };
  }

  leave(request: LeaveGroupRequest): LeaveGroupResponse {
    const group = this.#groups.get(request.groupId);
    const members = request.members.map(({ memberId, groupInstanceId }) => ({
      memberId,
      error: group?.leave(memberId, groupInstanceId) ?? ('UNKNOWN_MEMBER_ID' as const),
    }));
    return { error: 'NONE', members };
  }

  commit(request: OffsetCommitRequest): OffsetCommitResponse {
    const { groupId, generationId } = request;
    const group = this.#groups.get(groupId) ?? (generationId < 0 ? this.#create(groupId) : null);
    const refused = group ? group.validateCommit(request, false) : 'ILLEGAL_GENERATION';
    return this.#store(request.offsets, refused, (offset) => group?.offsets.commit(offset));
  }

  /** The offsets become visible when the producer's transaction is committed. */
  commitInTransaction(request: TxnOffsetCommitRequest): OffsetCommitResponse {
    const { groupId, generationId, producerId } = request;
    const group = this.#groups.get(groupId) ?? (generationId < 0 ? this.#create(groupId) : null);
    const refused = group ? group.validateCommit(request, true) : 'ILLEGAL_GENERATION';
    return this.#store(request.offsets, refused, (offset) => group?.offsets.hold(producerId, offset));
  }

  endTransaction(groupId: string, producerId: number, committed: boolean): void {
    this.#groups.get(groupId)?.offsets.endTransaction(producerId, committed);
  }

  fetchOffsets(request: OffsetFetchRequest): OffsetFetchResponse {
    const offsets = this.#groups.get(request.groupId)?.offsets;
    const partitions = request.partitions ?? offsets?.all() ?? [];
    return {
      error: 'NONE',
      partitions: partitions.map(({ topic, partition }) => {
        const none = { topic, partition, offset: -1, metadata: '' };
        if (request.requireStable && offsets?.isPending({ topic, partition })) {
          return { ...none, error: 'UNSTABLE_OFFSET_COMMIT' };
        }
        return { ...(offsets?.get({ topic, partition }) ?? none), error: 'NONE' };
      }),
    };
  }

  list(): ListGroupsResponse {
    const groups = [...this.#groups.values()].map(({ groupId, protocolType }) => ({ groupId, protocolType }));
    return { error: 'NONE', groups };
  }

  describe(groupId: string): DescribeGroupResponse {
    const group = this.#groups.get(groupId);
    return {
      error: 'NONE',
      groupId,
      state: group?.state ?? 'Dead',
      protocolType: group?.protocolType ?? '',
      members: (group?.members ?? []).map(({ memberId, clientId, clientHost }) => ({
        memberId,
        clientId,
        host: clientHost,
      })),
    };
  }

  delete(groupId: string): DeleteGroupResponse {
    const group = this.#groups.get(groupId);
    if (!group) return { error: 'GROUP_ID_NOT_FOUND' };
    if (group.state !== 'Empty') return { error: 'NON_EMPTY_GROUP' };
    group.die();
    this.#groups.delete(groupId);
    return { error: 'NONE' };
  }

  /** A deleted topic takes its committed offsets along. */
  removeTopic(topic: string): void {
    for (const group of this.#groups.values()) group.offsets.removeTopic(topic);
  }

  #create(groupId: string): Group {
    const group = new Group(groupId, this.#options);
    this.#groups.set(groupId, group);
    return group;
  }

  #store(
    offsets: readonly CommittedOffset[],
    refused: KafkaErrorName,
    store: (offset: CommittedOffset) => void,
  ): OffsetCommitResponse {
    return {
      partitions: offsets.map((committed) => {
        const { topic, partition, offset, metadata } = committed;
        const error = refused === 'NONE' ? this.#check(committed) : refused;
        if (error === 'NONE') store({ topic, partition, offset, metadata });
        return { topic, partition, error };
      }),
    };
  }

  #check(committed: CommittedOffset): KafkaErrorName {
    if (!this.#options.exists(committed)) return 'UNKNOWN_TOPIC_OR_PARTITION';
    return Buffer.byteLength(committed.metadata) > MAX_METADATA_BYTES ? 'OFFSET_METADATA_TOO_LARGE' : 'NONE';
  }
}
