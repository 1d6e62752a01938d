import type { Deadline, Deadlines } from './deadlines.ts';
import { chosenProtocol, supportsProtocols } from './group-protocol.ts';
import { hasSameProtocols, metadataFor, newMember, renewMember, type GroupMemberState } from './group-member.ts';
import { GroupOffsets } from './group-offsets.ts';
import type { KafkaErrorName } from './kafka-error.ts';
import type {
  JoinGroupRequest,
  JoinGroupResponse,
  MemberIdentity,
  SyncGroupRequest,
  SyncGroupResponse,
} from './protocol/groups.ts';
import { joinRefused, syncRefused } from './refusals.ts';

/**
 * The states of a classic group, by Kafka's names:
 *
 *     Empty ─join→ PreparingRebalance ─all joined→ CompletingRebalance ─leader synced→ Stable
 *       ↑                 ↑      │ none left             │ join, leave, expiry            │
 *       │                 └──────┼───────────────────────┴────────────────────────────────┘
 *       └────────────────────────┘                                   any ─deleted→ Dead
 */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

export interface GroupContext {
  readonly deadlines: Deadlines;
  /** Monotone time in ms. */
  readonly now: () => number;
  /** Kafka's `group.initial.rebalance.delay.ms`. */
  readonly initialRebalanceDelayMs: number;
  /** For member ids. */
  readonly uuid: () => string;
}

/** One group under the classic protocol: Kafka's ClassicGroup, with the parts of the coordinator that concern one group. */
export class Group {
  readonly groupId: string;
  readonly offsets = new GroupOffsets();
  readonly #context: GroupContext;
  readonly #members = new Map<string, GroupMemberState>();
  /** Group instance id → member id. */
  readonly #staticMembers = new Map<string, string>();
  /** Members that were told their id and have not joined with it yet. */
  readonly #pendingJoins = new Map<string, Deadline>();
  #state: GroupState = 'Empty';
  #generationId = 0;
  #protocolType: string | null = null;
  #protocol: string | null = null;
  #leader: string | null = null;
  #rebalance: Deadline | null = null;
  /** The first rebalance of an empty group waits its delay even when all known members are there. */
  #isInitialDelay = false;

  constructor(groupId: string, context: GroupContext) {
    this.groupId = groupId;
    this.#context = context;
  }

  get state(): GroupState {
    return this.#state;
  }
  get generationId(): number {
    return this.#generationId;
  }
  get protocolType(): string {
    return this.#protocolType ?? '';
  }
  get members(): readonly GroupMemberState[] {
    return [...this.#members.values()];
  }

  join(request: JoinGroupRequest, reply: (response: JoinGroupResponse) => void): void {
    if (!supportsProtocols(this.#members, this.#protocolType, request))
      reply(joinRefused('INCONSISTENT_GROUP_PROTOCOL', request.memberId));
    else if (request.memberId === '') this.#joinAsNew(request, reply);
    else this.#joinAsKnown(request, reply);
  }

  sync(request: SyncGroupRequest, reply: (response: SyncGroupResponse) => void): void {
    const refused = this.validate(request);
    const member = this.#members.get(request.memberId);
    if (refused !== 'NONE' || !member) return reply(syncRefused(refused));
    if (this.#state === 'PreparingRebalance') return reply(syncRefused('REBALANCE_IN_PROGRESS'));
    if (this.#state === 'Stable') {
      this.#touch(member);
      return reply({ error: 'NONE', assignment: member.assignment });
    }
    member.awaitingSync = reply;
    if (member.memberId === this.#leader) this.#assign(request.assignments);
  }

  heartbeat(request: MemberIdentity): KafkaErrorName {
    const refused = this.validate(request);
    if (refused !== 'NONE') return refused;
    const member = this.#members.get(request.memberId);
    if (member) this.#touch(member);
    return this.#state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
  }

  leave(memberId: string, groupInstanceId: string | null): KafkaErrorName {
    const pending = this.#pendingJoins.get(memberId);
    if (pending && groupInstanceId === null) {
      this.#forgetPending(memberId);
      return 'NONE';
    }
    const known = groupInstanceId === null ? memberId : this.#staticMembers.get(groupInstanceId);
    const member = known === undefined ? undefined : this.#members.get(known);
    if (!member) return 'UNKNOWN_MEMBER_ID';
    // An operator may remove a static member by its instance id alone.
    if (groupInstanceId !== null && memberId !== '' && member.memberId !== memberId) return 'FENCED_INSTANCE_ID';
    this.#remove(member);
    return 'NONE';
  }

  /** Whether the request comes from a member of this generation. */
  validate(identity: MemberIdentity): KafkaErrorName {
    if (this.#state === 'Dead') return 'COORDINATOR_NOT_AVAILABLE';
    const refused = this.#validateIdentity(identity.memberId, identity.groupInstanceId);
    if (refused !== 'NONE') return refused;
    return identity.generationId === this.#generationId ? 'NONE' : 'ILLEGAL_GENERATION';
  }

  /** Whether offsets may be committed under that identity (ClassicGroup.validateOffsetCommit). */
  validateCommit(identity: MemberIdentity, isTransactional: boolean): KafkaErrorName {
    if (this.#state === 'Dead') return 'COORDINATOR_NOT_AVAILABLE';
    const { generationId, memberId, groupInstanceId } = identity;
    if (generationId < 0 && this.#state === 'Empty') return 'NONE';
    if (generationId >= 0 || memberId !== '' || groupInstanceId !== null) {
      const refused = this.validate(identity);
      if (refused !== 'NONE') return refused;
    } else if (!isTransactional) {
      return 'UNKNOWN_MEMBER_ID';
    }
    if (isTransactional) return 'NONE';
    if (this.#state === 'CompletingRebalance') return 'REBALANCE_IN_PROGRESS';
    const member = this.#members.get(memberId);
    if (member) this.#touch(member);
    return 'NONE';
  }

  /** The group is deleted: it answers nothing any more. */
  die(): void {
    this.#rebalance?.cancel();
    for (const member of this.#members.values()) member.session?.cancel();
    for (const pending of this.#pendingJoins.values()) pending.cancel();
    this.#state = 'Dead';
  }

  #validateIdentity(memberId: string, groupInstanceId: string | null): KafkaErrorName {
    if (groupInstanceId !== null) {
      const current = this.#staticMembers.get(groupInstanceId);
      if (current === undefined) return 'UNKNOWN_MEMBER_ID';
      if (current !== memberId) return 'FENCED_INSTANCE_ID';
    }
    return this.#members.has(memberId) ? 'NONE' : 'UNKNOWN_MEMBER_ID';
  }

  #joinAsNew(request: JoinGroupRequest, reply: (response: JoinGroupResponse) => void): void {
    const memberId = `${request.groupInstanceId ?? request.clientId}-${this.#context.uuid()}`;
    if (request.groupInstanceId !== null) {
      const before = this.#members.get(this.#staticMembers.get(request.groupInstanceId) ?? '');
      if (before) this.#replaceStatic(before, memberId, request, reply);
      else this.#add(memberId, request, reply);
    } else if (request.requireKnownMemberId) {
      const expiry = this.#context.now() + request.sessionTimeoutMs;
      const deadline = this.#context.deadlines.schedule(expiry, () => this.#forgetPending(memberId));
      this.#pendingJoins.set(memberId, deadline);
      reply(joinRefused('MEMBER_ID_REQUIRED', memberId));
    } else {
      this.#add(memberId, request, reply);
    }
  }

  #joinAsKnown(request: JoinGroupRequest, reply: (response: JoinGroupResponse) => void): void {
    const { memberId, groupInstanceId, protocols } = request;
    const pending = this.#pendingJoins.get(memberId);
    if (pending) {
      pending.cancel();
      this.#pendingJoins.delete(memberId);
      return this.#add(memberId, request, reply);
    }
    const refused = this.#validateIdentity(memberId, groupInstanceId);
    const member = this.#members.get(memberId);
    if (refused !== 'NONE' || !member) return reply(joinRefused(refused, memberId));
    const isUnchanged = hasSameProtocols(member, protocols);
    if (this.#state === 'CompletingRebalance' && isUnchanged) return this.#answerJoin(member, reply);
    if (this.#state === 'Stable' && isUnchanged && memberId !== this.#leader) return this.#answerJoin(member, reply);
    this.#rejoin(member, request, reply);
  }

  #add(memberId: string, request: JoinGroupRequest, reply: (response: JoinGroupResponse) => void): void {
    const member = newMember(request, memberId);
    this.#members.set(memberId, member);
    if (member.groupInstanceId !== null) this.#staticMembers.set(member.groupInstanceId, memberId);
    this.#leader ??= memberId;
    this.#protocolType ??= request.protocolType;
    member.awaitingJoin = reply;
    this.#touch(member);
    this.#prepareRebalance();
  }

  #rejoin(member: GroupMemberState, request: JoinGroupRequest, reply: (response: JoinGroupResponse) => void): void {
    renewMember(member, request);
    member.awaitingJoin?.(joinRefused('UNKNOWN_MEMBER_ID', member.memberId));
    member.awaitingJoin = reply;
    this.#touch(member);
    this.#prepareRebalance();
  }

  /** A static member came back under a new member id: it keeps its place; without a change, there is no rebalance (KIP-345). */
  #replaceStatic(
    before: GroupMemberState,
    memberId: string,
    request: JoinGroupRequest,
    reply: (response: JoinGroupResponse) => void,
  ): void {
    const oldId = before.memberId;
    before.awaitingJoin?.(joinRefused('FENCED_INSTANCE_ID', oldId));
    before.awaitingJoin = null;
    before.awaitingSync?.(syncRefused('FENCED_INSTANCE_ID'));
    before.awaitingSync = null;
    const isUnchanged = hasSameProtocols(before, request.protocols);
    // The order of the members, and so the next leader, stays.
    const members = [...this.#members.values()];
    this.#members.clear();
    before.memberId = memberId;
    for (const member of members) this.#members.set(member.memberId, member);
    if (before.groupInstanceId !== null) this.#staticMembers.set(before.groupInstanceId, memberId);
    const wasLeader = this.#leader === oldId;
    if (wasLeader) this.#leader = memberId;
    if (this.#state === 'Stable' && isUnchanged) {
      renewMember(before, request);
      this.#touch(before);
      // Kafka tells a replaced leader the old one's id, so that it does not compute an assignment nobody asked for.
      reply({ ...this.#joinResponse(before), leader: wasLeader ? oldId : (this.#leader ?? ''), members: [] });
    } else {
      this.#rejoin(before, request, reply);
    }
  }

  #remove(member: GroupMemberState): void {
    member.session?.cancel();
    member.awaitingJoin?.(joinRefused('UNKNOWN_MEMBER_ID', member.memberId));
    member.awaitingSync?.(syncRefused('UNKNOWN_MEMBER_ID'));
    member.awaitingJoin = null;
    member.awaitingSync = null;
    this.#forget(member);
    if (this.#state === 'PreparingRebalance') this.#completeJoinIfAllThere();
    else if (this.#state !== 'Empty') this.#prepareRebalance();
  }

  #forget(member: GroupMemberState): void {
    this.#members.delete(member.memberId);
    if (member.groupInstanceId !== null) this.#staticMembers.delete(member.groupInstanceId);
    if (this.#leader === member.memberId) this.#leader = this.#members.keys().next().value ?? null;
  }

  #forgetPending(memberId: string): void {
    this.#pendingJoins.get(memberId)?.cancel();
    this.#pendingJoins.delete(memberId);
    if (this.#state === 'PreparingRebalance') this.#completeJoinIfAllThere();
  }

  #prepareRebalance(): void {
    if (this.#state === 'PreparingRebalance') return this.#completeJoinIfAllThere();
    for (const member of this.#members.values()) {
      member.assignment = Buffer.alloc(0);
      member.awaitingSync?.(syncRefused('REBALANCE_IN_PROGRESS'));
      member.awaitingSync = null;
    }
    this.#isInitialDelay = this.#state === 'Empty' && this.#context.initialRebalanceDelayMs > 0;
    this.#state = 'PreparingRebalance';
    const waitMs = this.#isInitialDelay ? this.#context.initialRebalanceDelayMs : this.#rebalanceTimeoutMs();
    this.#startRebalanceTimer(waitMs, () => this.#completeJoin());
    this.#completeJoinIfAllThere();
  }

  #completeJoinIfAllThere(): void {
    if (this.#isInitialDelay || this.#pendingJoins.size > 0) return;
    for (const member of this.#members.values()) if (!member.awaitingJoin) return;
    this.#completeJoin();
  }

  #completeJoin(): void {
    this.#rebalance?.cancel();
    this.#isInitialDelay = false;
    for (const member of this.#members.values()) {
      // A static member that did not come in time keeps its place until its session ends.
      if (member.awaitingJoin || member.groupInstanceId !== null) continue;
      member.session?.cancel();
      this.#forget(member);
    }
    this.#generationId++;
    if (this.#members.size === 0) {
      this.#state = 'Empty';
      this.#protocol = null;
      this.#protocolType = null;
      this.#leader = null;
      return;
    }
    const leader = this.#members.get(this.#leader ?? '');
    if (!leader?.awaitingJoin) {
      const present = [...this.#members.values()].find((member) => member.awaitingJoin);
      if (!present) return this.#startRebalanceTimer(this.#rebalanceTimeoutMs(), () => this.#completeJoin());
      this.#leader = present.memberId;
    }
    this.#protocol = chosenProtocol([...this.#members.values()]);
    this.#state = 'CompletingRebalance';
    // Members that joined and then do not sync are removed after the rebalance timeout.
    this.#startRebalanceTimer(this.#rebalanceTimeoutMs(), () => this.#expireUnsynced());
    for (const member of this.#members.values()) {
      const reply = member.awaitingJoin;
      member.awaitingJoin = null;
      this.#touch(member);
      if (reply) reply(this.#joinResponse(member));
    }
  }

  #expireUnsynced(): void {
    if (this.#state !== 'CompletingRebalance') return;
    for (const member of this.#members.values()) {
      if (member.awaitingSync) continue;
      member.session?.cancel();
      this.#forget(member);
    }
    this.#prepareRebalance();
  }

  #assign(assignments: SyncGroupRequest['assignments']): void {
    this.#rebalance?.cancel();
    const byMember = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment]));
    this.#state = 'Stable';
    for (const member of this.#members.values()) member.assignment = byMember.get(member.memberId) ?? Buffer.alloc(0);
    for (const member of this.#members.values()) {
      const reply = member.awaitingSync;
      member.awaitingSync = null;
      this.#touch(member);
      reply?.({ error: 'NONE', assignment: member.assignment });
    }
  }

  #answerJoin(member: GroupMemberState, reply: (response: JoinGroupResponse) => void): void {
    this.#touch(member);
    reply(this.#joinResponse(member));
  }

  #joinResponse(member: GroupMemberState): JoinGroupResponse {
    const isLeader = member.memberId === this.#leader;
    const members = isLeader ? [...this.#members.values()] : [];
    return {
      error: 'NONE',
      generationId: this.#generationId,
      protocolType: this.#protocolType,
      protocolName: this.#protocol,
      leader: this.#leader ?? '',
      memberId: member.memberId,
      members: members.map((other) => ({
        memberId: other.memberId,
        groupInstanceId: other.groupInstanceId,
        metadata: metadataFor(other, this.#protocol),
      })),
    };
  }

  #rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const member of this.#members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs);
    return longest;
  }

  #startRebalanceTimer(afterMs: number, run: () => void): void {
    this.#rebalance?.cancel();
    this.#rebalance = this.#context.deadlines.schedule(this.#context.now() + afterMs, run);
  }

  /** A sign of life. The session's deadline moves lazily: it looks at the time of the last sign when it comes. */
  #touch(member: GroupMemberState): void {
    member.lastSeenMs = this.#context.now();
    if (!member.session) this.#watch(member);
  }

  #watch(member: GroupMemberState): void {
    member.session = this.#context.deadlines.schedule(member.lastSeenMs + member.sessionTimeoutMs, () => {
      // Waiting for the others is a sign of life: the coordinator holds this member's request.
      if (member.awaitingJoin || member.awaitingSync) member.lastSeenMs = this.#context.now();
      if (member.lastSeenMs + member.sessionTimeoutMs > this.#context.now()) this.#watch(member);
      else this.#remove(member);
    });
  }
}
