import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/core/clock.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import type {
  JoinGroupRequest,
  JoinGroupResponse,
  MemberIdentity,
  SyncGroupResponse,
} from '../../src/embedded/protocol/groups.ts';

let clock: ManualClock;
let broker: EmbeddedBroker;

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  broker = new EmbeddedBroker({ clock });
  broker.topics.create({ name: 't', partitions: 2, replicationFactor: -1 });
});

function later(ms: number): void {
  // In steps, as a timer would: what one deadline schedules may be due before the next.
  for (let left = ms; left > 0; left -= 500) {
    clock.advance(Math.min(left, 500));
    broker.tick();
  }
}

/** Sends a JoinGroup; `answer` is null while the coordinator holds it. */
function join(over: Partial<JoinGroupRequest> = {}): { answer: JoinGroupResponse | null } {
  const held: { answer: JoinGroupResponse | null } = { answer: null };
  const request: JoinGroupRequest = {
    groupId: 'g',
    memberId: '',
    groupInstanceId: null,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    protocolType: 'consumer',
    protocols: [{ name: 'p', metadata: Buffer.from('m') }],
    requireKnownMemberId: false,
    clientId: 'c',
    clientHost: '/h',
    ...over,
  };
  broker.groups.join(request, (answer) => {
    held.answer = answer;
  });
  return held;
}

function identity(
  { memberId, generationId }: JoinGroupResponse,
  groupInstanceId: string | null = null,
): MemberIdentity {
  return { groupId: 'g', memberId, generationId, groupInstanceId };
}

function sync(who: MemberIdentity, assignments: Record<string, string> = {}): { answer: SyncGroupResponse | null } {
  const held: { answer: SyncGroupResponse | null } = { answer: null };
  const list = Object.entries(assignments).map(([memberId, text]) => ({ memberId, assignment: Buffer.from(text) }));
  broker.groups.sync({ ...who, assignments: list }, (answer) => {
    held.answer = answer;
  });
  return held;
}

function answered<T>({ answer }: { answer: T | null }): T {
  if (answer === null) throw new Error('the coordinator still holds the request');
  return answer;
}

/** One member in a stable group. */
function stableMember(over: Partial<JoinGroupRequest> = {}): JoinGroupResponse {
  const joined = answered(join(over));
  expect(answered(sync(identity(joined, over.groupInstanceId ?? null), { [joined.memberId]: 'all' })).error).toBe(
    'NONE',
  );
  return joined;
}

const state = (): string => broker.groups.describe('g').state;
const heartbeat = (who: MemberIdentity): string => broker.groups.heartbeat(who).error;

describe('a group', () => {
  it('forms with one member, which leads and assigns itself', () => {
    const joined = answered(join());
    expect(joined).toMatchObject({ error: 'NONE', generationId: 1, protocolName: 'p', leader: joined.memberId });
    expect(joined.members).toEqual([{ memberId: joined.memberId, groupInstanceId: null, metadata: Buffer.from('m') }]);
    expect(state()).toBe('CompletingRebalance');
    const synced = answered(sync(identity(joined), { [joined.memberId]: 'all' }));
    expect(synced).toEqual({ error: 'NONE', assignment: Buffer.from('all') });
    expect(state()).toBe('Stable');
    expect(heartbeat(identity(joined))).toBe('NONE');
  });

  it('tells a new member its id first when the client can handle it', () => {
    const first = answered(join({ requireKnownMemberId: true }));
    expect(first.error).toBe('MEMBER_ID_REQUIRED');
    expect(first.memberId).toMatch(/^c-/);
    expect(answered(join({ memberId: first.memberId, requireKnownMemberId: true })).error).toBe('NONE');
    expect(answered(join({ memberId: 'nobody' })).error).toBe('UNKNOWN_MEMBER_ID');
  });

  it('rebalances when a second member joins: the first is asked by its heartbeat', () => {
    const first = stableMember();
    const second = join();
    expect(second.answer).toBeNull();
    expect(state()).toBe('PreparingRebalance');
    expect(heartbeat(identity(first))).toBe('REBALANCE_IN_PROGRESS');
    const again = answered(join({ memberId: first.memberId }));
    const joined = answered(second);
    expect(again.generationId).toBe(2);
    expect(joined.generationId).toBe(2);
    expect(again.members).toHaveLength(2);
    expect(joined.members).toHaveLength(0);
    const follower = sync(identity(joined));
    expect(follower.answer).toBeNull();
    const leader = sync(identity(again), { [again.memberId]: 'one', [joined.memberId]: 'two' });
    expect(answered(leader).assignment.toString()).toBe('one');
    expect(answered(follower).assignment.toString()).toBe('two');
    expect(heartbeat(identity(first))).toBe('ILLEGAL_GENERATION');
  });

  it('goes on without a member that does not rejoin within the rebalance timeout', () => {
    const first = stableMember({ sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 8_000 });
    const second = join({ sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 8_000 });
    later(7_000);
    expect(second.answer).toBeNull();
    later(1_000);
    expect(answered(second)).toMatchObject({ error: 'NONE', generationId: 2 });
    expect(answered(second).leader).toBe(answered(second).memberId);
    expect(heartbeat(identity(first))).toBe('UNKNOWN_MEMBER_ID');
  });

  it('expires a member that is silent for its session, and keeps one that is not', () => {
    const first = stableMember();
    later(9_000);
    expect(heartbeat(identity(first))).toBe('NONE');
    later(9_500);
    expect(state()).toBe('Stable');
    later(1_000);
    expect(state()).toBe('Empty');
    expect(heartbeat(identity(first))).toBe('UNKNOWN_MEMBER_ID');
  });

  it('does not expire a member whose join it holds', () => {
    stableMember({ sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 40_000 });
    const second = join({ sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 40_000 });
    later(39_000);
    expect(broker.groups.describe('g').members).toHaveLength(2);
    later(1_500);
    expect(answered(second).error).toBe('NONE');
  });

  it('removes members that joined and do not sync', () => {
    const joined = answered(join({ sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 10_000 }));
    later(11_000);
    expect(state()).toBe('Empty');
    expect(answered(sync(identity(joined))).error).toBe('UNKNOWN_MEMBER_ID');
  });

  it('is empty at once when its last member leaves', () => {
    const first = stableMember();
    const left = broker.groups.leave({ groupId: 'g', members: [{ memberId: first.memberId, groupInstanceId: null }] });
    expect(left.members).toEqual([{ memberId: first.memberId, error: 'NONE' }]);
    expect(broker.groups.describe('g')).toMatchObject({ state: 'Empty', members: [] });
  });

  it('sends members that wait for the leader back to join when another joins', () => {
    const first = join({ requireKnownMemberId: false });
    const leader = answered(first);
    const second = join();
    const again = answered(join({ memberId: leader.memberId }));
    const follower = sync(identity(answered(second)));
    const third = join();
    expect(answered(follower).error).toBe('REBALANCE_IN_PROGRESS');
    expect(third.answer).toBeNull();
    expect(answered(sync(identity(again))).error).toBe('REBALANCE_IN_PROGRESS');
  });

  it('answers a follower that joins again without a change, without a rebalance', () => {
    const first = stableMember();
    const second = join();
    const leader = answered(join({ memberId: first.memberId }));
    const follower = answered(second);
    sync(identity(leader), {});
    const again = answered(join({ memberId: follower.memberId }));
    expect(again).toMatchObject({ error: 'NONE', generationId: leader.generationId });
    expect(state()).toBe('Stable');
  });

  it('refuses a member whose protocols nobody shares, and session timeouts outside of the limits', () => {
    stableMember();
    const other = [{ name: 'other', metadata: Buffer.alloc(0) }];
    expect(answered(join({ protocols: other })).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(answered(join({ protocolType: 'connect' })).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(answered(join({ sessionTimeoutMs: 10 })).error).toBe('INVALID_SESSION_TIMEOUT');
    expect(answered(join({ groupId: '' })).error).toBe('INVALID_GROUP_ID');
  });

  it('chooses the protocol that most members like best among those that all support', () => {
    const named = (...names: string[]) => ({ protocols: names.map((name) => ({ name, metadata: Buffer.from(name) })) });
    const first = stableMember(named('a', 'b'));
    const second = join(named('b', 'a'));
    const third = join(named('b'));
    const again = answered(join({ memberId: first.memberId, ...named('a', 'b') }));
    expect(again.protocolName).toBe('b');
    expect(again.members.map(({ metadata }) => metadata.toString())).toEqual(['b', 'b', 'b']);
    expect(answered(second).protocolName).toBe('b');
    expect(answered(third).protocolName).toBe('b');
  });

  it('waits for more members before its first generation when told to', () => {
    broker = new EmbeddedBroker({ clock, initialRebalanceDelayMs: 3_000 });
    const first = join();
    later(1_000);
    const second = join();
    expect(first.answer).toBeNull();
    later(2_500);
    expect(answered(first).members).toHaveLength(2);
    expect(answered(second).generationId).toBe(1);
  });
});

describe('a static member', () => {
  const fixed = { groupInstanceId: 'i-1' };

  it('comes back under a new member id without a rebalance, and fences its former self', () => {
    const before = stableMember(fixed);
    const after = answered(join(fixed));
    expect(after).toMatchObject({ error: 'NONE', generationId: before.generationId });
    expect(after.memberId).not.toBe(before.memberId);
    expect(state()).toBe('Stable');
    expect(answered(sync(identity(after, 'i-1'))).assignment.toString()).toBe('all');
    expect(heartbeat(identity(before, 'i-1'))).toBe('FENCED_INSTANCE_ID');
    expect(heartbeat(identity(after, 'i-1'))).toBe('NONE');
  });

  it('can be removed by its instance id alone', () => {
    stableMember(fixed);
    const left = broker.groups.leave({ groupId: 'g', members: [{ memberId: '', groupInstanceId: 'i-1' }] });
    expect(left.members[0]?.error).toBe('NONE');
    expect(state()).toBe('Empty');
  });
});

describe('committed offsets', () => {
  const outsider: MemberIdentity = { groupId: 'g', generationId: -1, memberId: '', groupInstanceId: null };
  const at = (offset: number, metadata = '') => [{ topic: 't', partition: 0, offset, metadata }];
  const commit = (who: MemberIdentity, offset: number, metadata?: string): string =>
    broker.groups.commit({ ...who, offsets: at(offset, metadata) }).partitions[0]?.error ?? '';
  const committed = (): unknown =>
    broker.groups.fetchOffsets({ groupId: 'g', partitions: null, requireStable: false }).partitions;

  it('are kept with their metadata, for a group without members too', () => {
    expect(commit(outsider, 5, 'note')).toBe('NONE');
    expect(committed()).toEqual([{ topic: 't', partition: 0, offset: 5, metadata: 'note', error: 'NONE' }]);
    const asked = broker.groups.fetchOffsets({
      groupId: 'g',
      partitions: [{ topic: 't', partition: 1 }],
      requireStable: false,
    });
    expect(asked.partitions[0]?.offset).toBe(-1);
  });

  it('are refused from outside while the group has members, and from another generation', () => {
    const joined = stableMember();
    expect(commit(outsider, 1)).toBe('UNKNOWN_MEMBER_ID');
    expect(commit({ ...identity(joined), generationId: 9 }, 1)).toBe('ILLEGAL_GENERATION');
    expect(commit({ ...identity(joined), memberId: 'x' }, 1)).toBe('UNKNOWN_MEMBER_ID');
    expect(commit(identity(joined), 1)).toBe('NONE');
  });

  it('may be committed while a rebalance is prepared, not while it completes', () => {
    const first = stableMember();
    const second = join();
    expect(commit(identity(first), 3)).toBe('NONE');
    const again = answered(join({ memberId: first.memberId }));
    expect(second.answer).not.toBeNull();
    expect(commit(identity(again), 4)).toBe('REBALANCE_IN_PROGRESS');
  });

  it('are refused for partitions that do not exist and for metadata that is too large', () => {
    const offsets = [{ topic: 'none', partition: 0, offset: 1, metadata: '' }];
    expect(broker.groups.commit({ ...outsider, offsets }).partitions[0]?.error).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(commit(outsider, 1, 'x'.repeat(5_000))).toBe('OFFSET_METADATA_TOO_LARGE');
  });

  it('go with their topic and with their group', () => {
    commit(outsider, 5);
    broker.deleteTopics({ names: ['t'] });
    expect(committed()).toEqual([]);
    expect(broker.groups.delete('g').error).toBe('NONE');
    expect(broker.groups.delete('g').error).toBe('GROUP_ID_NOT_FOUND');
    expect(state()).toBe('Dead');
    stableMember();
    expect(broker.groups.delete('g').error).toBe('NON_EMPTY_GROUP');
  });
});
