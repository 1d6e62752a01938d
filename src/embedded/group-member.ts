import type { Deadline } from './deadlines.ts';
import type { JoinGroupRequest, JoinGroupResponse, SyncGroupResponse } from './protocol/groups.ts';

/** One member of a classic group, as the coordinator sees it. */
export interface GroupMemberState {
  memberId: string;
  readonly groupInstanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: JoinGroupRequest['protocols'];
  /** What the leader gave it; empty before. */
  assignment: Buffer;
  /** The answer to a JoinGroup that waits for the others. */
  awaitingJoin: ((response: JoinGroupResponse) => void) | null;
  /** The answer to a SyncGroup that waits for the leader. */
  awaitingSync: ((response: SyncGroupResponse) => void) | null;
  /** Monotone time of the last sign of life. */
  lastSeenMs: number;
  session: Deadline | null;
}

export function newMember(request: JoinGroupRequest, memberId: string): GroupMemberState {
  const { groupInstanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = request;
  return {
    memberId,
    groupInstanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocols,
    assignment: Buffer.alloc(0),
    awaitingJoin: null,
    awaitingSync: null,
    lastSeenMs: 0,
    session: null,
  };
}

/** Takes over what a further join says of the member. */
export function renewMember(member: GroupMemberState, request: JoinGroupRequest): void {
  member.protocols = request.protocols;
  member.sessionTimeoutMs = request.sessionTimeoutMs;
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
  member.clientId = request.clientId;
  member.clientHost = request.clientHost;
}

/** Whether a further join says what the member said before: then it needs no rebalance. */
export function hasSameProtocols(member: GroupMemberState, protocols: JoinGroupRequest['protocols']): boolean {
  return (
    member.protocols.length === protocols.length &&
    member.protocols.every((known, i) => {
      const other = protocols[i];
      return other !== undefined && known.name === other.name && known.metadata.equals(other.metadata);
    })
  );
}

export function metadataFor(member: GroupMemberState, protocol: string | null): Buffer {
  return member.protocols.find(({ name }) => name === protocol)?.metadata ?? Buffer.alloc(0);
}
