import { setTimeout as sleep } from 'node:timers/promises';
import { StreamsError, messageOf } from '../../core/errors.ts';
import type { TopicPartition } from '../../core/record.ts';
import { GroupOffsets } from '../admin/group-offsets.ts';
import type { CommittedOffset, GroupMember, GroupMetadata, LeaveGroup, MemberOptions, Membership } from '../client.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { kafkaFailure } from '../cluster/kafka-failure.ts';
import { retrying } from '../cluster/retrying.ts';
import { kafkaErrorOf } from '../wire/kafka-errors.ts';
import type { WireRequest } from '../wire/request.ts';
import { heartbeat } from '../wire/requests/heartbeat.ts';
import { joinGroup, type JoinGroupAnswer } from '../wire/requests/join-group.ts';
import { leaveGroup } from '../wire/requests/leave-group.ts';
import { syncGroup } from '../wire/requests/sync-group.ts';

/** After these a member starts over, as one the coordinator does not know. */
const FORGOTTEN = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION']);

/**
 * A member under the classic protocol:
 *
 *     (out) --join--> joining --assignment--> stable --rebalance asked--> stable, rejoinNeeded --join--> joining
 *                        ^                       |
 *                        +-------- join -------- +--forgotten, fenced, no answer for a session--> lost
 *
 * Heartbeats run on a timer from the assignment until the member is lost, leaves or joins again.
 */
export class GroupSession implements GroupMember {
  onRebalance: (() => void) | null = null;
  readonly #cluster: Cluster;
  readonly #options: MemberOptions;
  readonly #offsets: GroupOffsets;
  /** Joins, syncs and heartbeats; a join may be held back for minutes, so commits go elsewhere. */
  readonly #sessionLane: string;
  readonly #commitLane: string;
  readonly #sessionTimeoutMs: number;
  readonly #rebalanceTimeoutMs: number;
  readonly #heartbeatIntervalMs: number;
  #memberId = '';
  #membership: Membership | null = null;
  #rejoinNeeded = false;
  #lost = false;
  #answeredAt = 0;
  #left = false;
  #heartbeats: AbortController | null = null;

  constructor(cluster: Cluster, options: MemberOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#offsets = new GroupOffsets(cluster);
    this.#sessionLane = cluster.lane(`group ${options.groupId}`);
    this.#commitLane = cluster.lane(`offsets ${options.groupId}`);
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? 45_000;
    this.#rebalanceTimeoutMs = options.rebalanceTimeoutMs ?? 300_000;
    this.#heartbeatIntervalMs = options.heartbeatIntervalMs ?? 3000;
  }

  get rejoinNeeded(): boolean {
    return this.#rejoinNeeded;
  }

  /** Also true when the process was stopped for longer than its session, before any timer has run again. */
  get lost(): boolean {
    if (this.#heartbeats !== null && performance.now() - this.#answeredAt > this.#sessionTimeoutMs) {
      this.#refused('SESSION_EXPIRED');
    }
    return this.#lost;
  }

  get membership(): Membership | null {
    return this.#membership;
  }

  async join(): Promise<Membership> {
    this.#left = false;
    this.#stopHeartbeats();
    for (;;) {
      const membership = await this.#joinOnce();
      this.#throwIfLeft();
      if (membership === null) continue;
      this.#membership = membership;
      this.#rejoinNeeded = false;
      this.#lost = false;
      this.#startHeartbeats(membership);
      return membership;
    }
  }

  async commit(offsets: readonly CommittedOffset[]): Promise<void> {
    const membership = this.#current();
    try {
      await this.#offsets.commit(membership, offsets, this.#commitLane);
    } catch (error) {
      if (error instanceof StreamsError && error.code === 'FENCED') this.#refused(error.kafkaError ?? '');
      throw error;
    }
  }

  committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    return this.#offsets.fetch(this.#options.groupId, partitions, this.#commitLane);
  }

  async giveWay(): Promise<void> {
    const membership = this.#membership;
    if (membership === null || this.#heartbeats === null) return;
    this.#refused('UNKNOWN_MEMBER_ID');
    if (membership.groupInstanceId === null) await this.#tellGoodbye(membership);
  }

  async leave(who: LeaveGroup = 'dynamic'): Promise<void> {
    this.close();
    const memberId = this.#memberId;
    const groupInstanceId = this.#options.groupInstanceId ?? null;
    if (memberId !== '' && (who === 'all' || (who === 'dynamic' && groupInstanceId === null))) {
      await this.#tellGoodbye({ groupId: this.#options.groupId, generationId: -1, memberId, groupInstanceId });
    }
    this.#memberId = '';
    this.#membership = null;
    await Promise.all([this.#cluster.closeLane(this.#sessionLane), this.#cluster.closeLane(this.#commitLane)]);
  }

  /** Stops the heartbeats without leaving. */
  close(): void {
    this.#left = true;
    this.#stopHeartbeats();
  }

  /** Best effort: if the coordinator does not hear of it, the session ends by itself. */
  async #tellGoodbye(group: GroupMetadata): Promise<void> {
    await this.#ask(leaveGroup(group), this.#commitLane, (it) => it).catch((error: unknown) => {
      this.#cluster.logger.debug({ groupId: group.groupId, error: messageOf(error) }, 'could not leave the group');
    });
  }

  /** One round; null when it has to be repeated. */
  async #joinOnce(): Promise<Membership | null> {
    const { groupId, protocol } = this.#options;
    const joined = await retrying(this.#patience(), async () => {
      this.#throwIfLeft();
      const answer = await this.#ask(
        joinGroup({
          groupId,
          protocol,
          sessionTimeoutMs: this.#sessionTimeoutMs,
          rebalanceTimeoutMs: this.#rebalanceTimeoutMs,
          memberId: this.#memberId,
          groupInstanceId: this.#options.groupInstanceId ?? null,
          subscription: this.#options.subscription(),
        }),
        this.#sessionLane,
        (it) => it.errorCode,
      );
      const { name, retriable } = kafkaErrorOf(answer.errorCode);
      if (retriable) throw kafkaFailure(answer.errorCode, `JoinGroup of ${groupId}`);
      return { ...answer, error: answer.errorCode === 0 ? null : name };
    });
    if (joined.error !== null) return this.#again(joined.error, joined.errorCode, joined.memberId, 'JoinGroup');
    this.#memberId = joined.memberId;
    const group: GroupMetadata = {
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupInstanceId: this.#options.groupInstanceId ?? null,
    };
    const leader = joined.leader === joined.memberId;
    const assignments = leader ? await this.#options.assign(joined.members) : new Map<string, Buffer>();
    const synced = await this.#sync(group, assignments);
    if (synced.errorCode !== 0) {
      return this.#again(kafkaErrorOf(synced.errorCode).name, synced.errorCode, this.#memberId, 'SyncGroup');
    }
    return { ...group, assignment: synced.assignment, leader };
  }

  async #sync(group: GroupMetadata, assignments: ReadonlyMap<string, Buffer>) {
    return retrying(this.#patience(), async () => {
      const request = syncGroup(group, assignments, this.#rebalanceTimeoutMs);
      const answer = await this.#ask(request, this.#sessionLane, (it) => it.errorCode);
      const { name, retriable } = kafkaErrorOf(answer.errorCode);
      if (retriable && name !== 'REBALANCE_IN_PROGRESS') {
        throw kafkaFailure(answer.errorCode, `SyncGroup of ${group.groupId}`);
      }
      return answer;
    });
  }

  /** Makes ready for another round, or throws when none would help. */
  #again(error: string, errorCode: number, memberId: JoinGroupAnswer['memberId'], what: string): null {
    if (error === 'MEMBER_ID_REQUIRED') this.#memberId = memberId;
    else if (FORGOTTEN.has(error)) this.#memberId = '';
    else if (error !== 'REBALANCE_IN_PROGRESS') throw kafkaFailure(errorCode, `${what} of ${this.#options.groupId}`);
    return null;
  }

  #startHeartbeats(membership: Membership): void {
    const controller = new AbortController();
    this.#heartbeats = controller;
    this.#answeredAt = performance.now();
    void this.#beat(membership, controller.signal);
  }

  #stopHeartbeats(): void {
    this.#heartbeats?.abort();
    this.#heartbeats = null;
  }

  async #beat(membership: Membership, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#heartbeatIntervalMs, undefined, { signal }).catch(() => {});
      if (signal.aborted || this.#cluster.closing.aborted) return;
      let name = '';
      try {
        const code = await this.#ask(heartbeat(membership), this.#sessionLane, (it) => it);
        name = code === 0 ? '' : kafkaErrorOf(code).name;
        if (name === '' || name === 'REBALANCE_IN_PROGRESS') this.#answeredAt = performance.now();
      } catch (error) {
        this.#cluster.logger.debug({ groupId: membership.groupId, error: messageOf(error) }, 'heartbeat failed');
      }
      if (signal.aborted) return;
      if (name !== '') this.#refused(name);
      if (performance.now() - this.#answeredAt > this.#sessionTimeoutMs) this.#refused('SESSION_EXPIRED');
    }
  }

  /** A refusal that tells about the membership: another generation begins, or this member is out of the group. */
  #refused(name: string): void {
    const out = FORGOTTEN.has(name) || name === 'FENCED_INSTANCE_ID' || name === 'SESSION_EXPIRED';
    if (!out && name !== 'REBALANCE_IN_PROGRESS') return;
    const news = !this.#rejoinNeeded || (out && !this.#lost);
    this.#rejoinNeeded = true;
    if (out) {
      this.#lost = true;
      if (name === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
      this.#stopHeartbeats();
    }
    if (news) this.onRebalance?.();
  }

  #ask<T>(request: WireRequest<T>, lane: string, codeOf: (answer: T) => number): Promise<T> {
    return this.#cluster.sendToCoordinator('group', this.#options.groupId, lane, request, codeOf);
  }

  /** A join may be held back for minutes: whoever closes the application does not wait for it. */
  #throwIfLeft(): void {
    if (this.#left) throw new StreamsError('ILLEGAL_STATE', `the member of ${this.#options.groupId} has left`);
  }

  #patience() {
    return { timeoutMs: this.#cluster.requestTimeoutMs, signal: this.#cluster.closing };
  }

  #current(): Membership {
    if (this.#membership === null || this.#left) {
      throw new StreamsError('ILLEGAL_STATE', `commit of the group ${this.#options.groupId}: join it first`);
    }
    return this.#membership;
  }
}
