import type { TopicPartition } from '../../core/record.ts';
import type { CommittedOffset, GroupDescription } from '../../kafka/client.ts';
import type { KafkaErrorName } from '../kafka-error.ts';

/** Who sends a request; the real protocol has it in the request header and the connection. */
export interface ClientIdentity {
  readonly clientId: string;
  readonly clientHost: string;
}

export interface JoinGroupRequest extends ClientIdentity {
  readonly groupId: string;
  /** The empty string on the first join. */
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  /** In the member's order of preference. */
  readonly protocols: readonly { readonly name: string; readonly metadata: Buffer }[];
  /** KIP-394 (JoinGroup v4 and later): a new dynamic member is told its id first, and joins with it. */
  readonly requireKnownMemberId: boolean;
}
export interface JoinGroupResponse {
  readonly error: KafkaErrorName;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly memberId: string;
  /** For the leader only. */
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly metadata: Buffer;
  }[];
}

export interface MemberIdentity {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

export interface SyncGroupRequest extends MemberIdentity {
  /** From the leader; empty from the others. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[];
}
export interface SyncGroupResponse {
  readonly error: KafkaErrorName;
  readonly assignment: Buffer;
}

export type HeartbeatRequest = MemberIdentity;
export interface HeartbeatResponse {
  readonly error: KafkaErrorName;
}

export interface LeaveGroupRequest {
  readonly groupId: string;
  readonly members: readonly { readonly memberId: string; readonly groupInstanceId: string | null }[];
}
export interface LeaveGroupResponse {
  readonly error: KafkaErrorName;
  readonly members: readonly { readonly memberId: string; readonly error: KafkaErrorName }[];
}

/** `generationId` -1 and no member id: a commit from outside the group. */
export interface OffsetCommitRequest extends MemberIdentity {
  readonly offsets: readonly CommittedOffset[];
}
export interface TxnOffsetCommitRequest extends OffsetCommitRequest {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}
export interface OffsetCommitResponse {
  readonly partitions: readonly (TopicPartition & { readonly error: KafkaErrorName })[];
}

export interface OffsetFetchRequest {
  readonly groupId: string;
  /** null: all partitions with a committed offset. */
  readonly partitions: readonly TopicPartition[] | null;
  /** KIP-447: UNSTABLE_OFFSET_COMMIT while a transaction holds offsets of the partition. */
  readonly requireStable: boolean;
}
export interface OffsetFetchResponse {
  readonly error: KafkaErrorName;
  /** `offset` -1: none committed. */
  readonly partitions: readonly (CommittedOffset & { readonly error: KafkaErrorName })[];
}

export interface ListGroupsResponse {
  readonly error: KafkaErrorName;
  readonly groups: readonly { readonly groupId: string; readonly protocolType: string }[];
}

export interface DescribeGroupRequest {
  readonly groupId: string;
}
export interface DescribeGroupResponse extends GroupDescription {
  readonly error: KafkaErrorName;
  readonly protocolType: string;
}
export interface DeleteGroupRequest {
  readonly groupId: string;
}
export interface DeleteGroupResponse {
  readonly error: KafkaErrorName;
}
