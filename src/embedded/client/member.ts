import { StreamsError } from '../../core/errors.ts';
import type { TopicPartition } from '../../core/record.ts';
import type { CommittedOffset, GroupMember, LeaveGroup, MemberOptions, Membership } from '../../kafka/client.ts';
import { isRetriable, type KafkaErrorName } from '../kafka-error.ts';
import { isRefusal } from '../protocol/apis.ts';
import type { JoinGroupResponse, MemberIdentity } from '../protocol/groups.ts';
import type { Connection } from './connection.ts';
import { failure } from './failure.ts';

type Settings = Required<Pick<MemberOptions, 'sessionTimeoutMs' | 'rebalanceTimeoutMs' | 'heartbeatIntervalMs'>>;

/** The errors that mean: join again. */
const REJOIN: readonly KafkaErrorName[] = ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'];
const nothing = (): void => {};

/** A member of a group in the embedded broker, with heartbeats on a timer of its own. */
export class EmbeddedMember implements GroupMember {
  readonly #connection: Connection;
  readonly #options: MemberOptions & Settings;
  #memberId = '';
  #generationId = -1;
  #membership: Membership | null = null;
  #rejoinNeeded = false;
  #lost = false;
  #isClosed = false;
  #cancelHeartbeat = nothing;
  /** Monotone time of the coordinator's last answer. */
  #answeredMs = 0;
  onRebalance: (() => void) | null = null;

  constructor(connection: Connection, options: MemberOptions) {
    this.#connection = connection;
    this.#options = { sessionTimeoutMs: 45_000, rebalanceTimeoutMs: 300_000, heartbeatIntervalMs: 3_000, ...options };
  }

  get rejoinNeeded(): boolean {
    return this.#rejoinNeeded;
  }
  get lost(): boolean {
    return this.#lost;
  }
  get membership(): Membership | null {
    return this.#membership;
  }

  async join(): Promise<Membership> {
    this.#isClosed = false;
    this.#cancelHeartbeat();
    for (;;) {
      const joined = await this.#joinGroup();
      if (!joined) continue;
      const assignment = await this.#syncGroup(joined);
      if (!assignment) continue;
      if (this.#isClosed) throw new StreamsError('ILLEGAL_STATE', 'the member left its group while it was joining');
      const isLeader = joined.leader === joined.memberId;
      this.#membership = { ...this.#identity(), assignment, leader: isLeader };
      this.#rejoinNeeded = false;
      this.#lost = false;
      return this.#membership;
    }
  }

  async commit(offsets: readonly CommittedOffset[]): Promise<void> {
    if (!this.#membership) throw new StreamsError('ILLEGAL_STATE', `commit of ${this.#options.groupId}: join it first`);
    if (offsets.length === 0) return;
    const { partitions } = await this.#connection.ask('OffsetCommit', { ...this.#identity(), offsets }, (response) =>
      firstError(response.partitions),
    );
    const error = firstError(partitions);
    if (error === 'NONE') return;
    if (REJOIN.includes(error) || error === 'FENCED_INSTANCE_ID') this.#asked(error);
    throw failure(error, `OffsetCommit of ${this.#options.groupId}`);
  }

  async committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    const { groupId } = this.#options;
    // Offsets that another member's transaction still holds are waited for (KIP-447).
    const request = { groupId, partitions, requireStable: true };
    const response = await this.#connection.ask('OffsetFetch', request, (fetched) => firstError(fetched.partitions));
    return response.partitions
      .filter(({ offset }) => offset >= 0)
      .map(({ topic, partition, offset, metadata }) => ({ topic, partition, offset, metadata }));
  }

  async giveWay(): Promise<void> {
    const { groupId, groupInstanceId, memberId } = this.#identity();
    if (this.#membership === null || this.#lost || memberId === '') return;
    this.#asked('UNKNOWN_MEMBER_ID');
    if (groupInstanceId !== null) return;
    const request = { groupId, members: [{ memberId, groupInstanceId }] };
    await this.#connection.ask('LeaveGroup', request, (response) => response.error);
  }

  async leave(who: LeaveGroup = 'dynamic'): Promise<void> {
    const { groupId, groupInstanceId, memberId } = this.#identity();
    this.stop();
    if (memberId === '' || who === 'none' || (who === 'dynamic' && groupInstanceId !== null)) return;
    this.#memberId = '';
    await this.#connection.ask(
      'LeaveGroup',
      { groupId, members: [{ memberId, groupInstanceId }] },
      (response) => response.error,
    );
  }

  /** Ends the heartbeats without telling the coordinator, as a process that dies. */
  stop(): void {
    this.#isClosed = true;
    this.#membership = null;
    this.#cancelHeartbeat();
  }

  async #joinGroup(): Promise<JoinGroupResponse | null> {
    const { groupId, sessionTimeoutMs, rebalanceTimeoutMs, protocol } = this.#options;
    const request = {
      groupId,
      memberId: this.#memberId,
      groupInstanceId: this.#options.groupInstanceId ?? null,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      protocolType: 'consumer',
      protocols: [{ name: protocol, metadata: this.#options.subscription() }],
      requireKnownMemberId: true,
      clientId: this.#connection.options.clientId,
      clientHost: '/127.0.0.1',
    };
    const response = await this.#connection.ask('JoinGroup', request, ({ error }) => error, rebalanceTimeoutMs + 5_000);
    if (response.error === 'NONE') {
      this.#memberId = response.memberId;
      this.#generationId = response.generationId;
      this.#answeredMs = this.#connection.options.clock.monotonic();
      this.#scheduleHeartbeat();
      return response;
    }
    if (response.error === 'MEMBER_ID_REQUIRED') {
      this.#memberId = response.memberId;
      return null;
    }
    if (!REJOIN.includes(response.error)) throw failure(response.error, `JoinGroup of ${groupId}`);
    if (response.error === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    return null;
  }

  async #syncGroup(joined: JoinGroupResponse): Promise<Buffer | null> {
    const assignments = joined.members.length > 0 ? await this.#assignments(joined) : [];
    const request = { ...this.#identity(), assignments };
    const { error, assignment } = await this.#connection.ask(
      'SyncGroup',
      request,
      (response) => response.error,
      this.#options.rebalanceTimeoutMs,
    );
    if (error === 'NONE') return assignment;
    this.#cancelHeartbeat();
    if (!REJOIN.includes(error)) throw failure(error, `SyncGroup of ${this.#options.groupId}`);
    if (error === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    return null;
  }

  async #assignments({ members }: JoinGroupResponse) {
    const assigned = await this.#options.assign(
      members.map(({ memberId, groupInstanceId, metadata }) => ({ memberId, groupInstanceId, subscription: metadata })),
    );
    return [...assigned].map(([memberId, assignment]) => ({ memberId, assignment }));
  }

  #identity(): MemberIdentity {
    return {
      groupId: this.#options.groupId,
      generationId: this.#generationId,
      memberId: this.#memberId,
      groupInstanceId: this.#options.groupInstanceId ?? null,
    };
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat();
    this.#cancelHeartbeat = this.#connection.options.scheduler.after(this.#options.heartbeatIntervalMs, () =>
      this.#heartbeat(),
    );
  }

  #heartbeat(): void {
    const sent = this.#identity();
    this.#connection.send('Heartbeat', sent, 0, (answer) => {
      // A join that came in between makes this answer one about the past.
      if (this.#isClosed || sent.generationId !== this.#generationId || sent.memberId !== this.#memberId) return;
      const error = isRefusal(answer) ? answer.refused : answer.error;
      const nowMs = this.#connection.options.clock.monotonic();
      if (error === 'NONE' || error === 'REBALANCE_IN_PROGRESS') this.#answeredMs = nowMs;
      if (error !== 'NONE' && !isRetriable(error)) this.#asked(error);
      // Without an answer for a session, the coordinator has forgotten this member.
      else if (nowMs - this.#answeredMs > this.#options.sessionTimeoutMs) this.#asked('UNKNOWN_MEMBER_ID');
      if (!this.#lost) this.#scheduleHeartbeat();
    });
  }

  /** What the coordinator's error says of this member. */
  #asked(error: KafkaErrorName): void {
    const isLost = error !== 'REBALANCE_IN_PROGRESS';
    if (error === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    const isNews = !this.#rejoinNeeded || (isLost && !this.#lost);
    this.#rejoinNeeded = true;
    this.#lost ||= isLost;
    if (this.#lost) this.#cancelHeartbeat();
    if (isNews && this.#membership) this.onRebalance?.();
  }
}

function firstError(partitions: readonly { readonly error: KafkaErrorName }[]): KafkaErrorName {
  return partitions.find(({ error }) => error !== 'NONE')?.error ?? 'NONE';
}
