import { expect, it } from 'vitest';
import { protocolBytes, protocolText, until, type Scenario } from './scenario.ts';

export function groupContract(scenario: Scenario): void {
  it('makes a single member the leader and gives it its assignment', async () => {
    const member = scenario.member(scenario.name('group'));
    expect(member.membership).toBeNull();
    const joined = await member.join();
    expect(joined.leader).toBe(true);
    expect(protocolText(joined.assignment)).toBe(`for ${joined.memberId}`);
    expect(member.membership).toBe(joined);
    expect([member.rejoinNeeded, member.lost]).toEqual([false, false]);
    await member.leave();
  });

  it('commits offsets with metadata and reads them back', async () => {
    const topic = await scenario.topic(2);
    const member = scenario.member(scenario.name('group'));
    await member.join();
    const partitions = [0, 1].map((partition) => ({ topic, partition }));
    expect(await member.committed(partitions)).toEqual([]);
    await member.commit([{ topic, partition: 1, offset: 42, metadata: 'AgAAAaH6GuWY' }]);
    expect(await member.committed(partitions)).toEqual([{ topic, partition: 1, offset: 42, metadata: 'AgAAAaH6GuWY' }]);
    await member.leave();
  });

  it('asks the members to join again when another comes, and assigns to both', async () => {
    const group = scenario.name('group');
    const seen: string[][] = [];
    const options = (name: string) => ({
      subscription: () => protocolBytes(name),
      assign: async (members: readonly { memberId: string; subscription: Buffer }[]) => {
        seen.push(members.map(({ subscription }) => protocolText(subscription)).toSorted());
        return new Map(members.map(({ memberId, subscription }) => [memberId, subscription]));
      },
    });
    const first = scenario.member(group, options('first'));
    const second = scenario.member(group, options('second'));
    await first.join();
    const told = new Promise<void>((resolve) => {
      first.onRebalance = resolve;
    });
    const joining = second.join();
    await told;
    expect(first.rejoinNeeded).toBe(true);
    expect(first.lost).toBe(false);
    const [a, b] = await Promise.all([first.join(), joining]);
    expect(a.generationId).toBe(b.generationId);
    expect([a.leader, b.leader].filter(Boolean)).toHaveLength(1);
    expect([protocolText(a.assignment), protocolText(b.assignment)]).toEqual(['first', 'second']);
    expect(seen).toEqual([['first'], ['first', 'second']]);
    expect((await scenario.client.admin.describeGroup(group)).members).toHaveLength(2);
    await Promise.all([first.leave(), second.leave()]);
  });

  it('tells the others at once when a member leaves', async () => {
    const group = scenario.name('group');
    const first = scenario.member(group);
    const second = scenario.member(group);
    await first.join();
    const joining = second.join();
    await until('first is asked to join', () => first.rejoinNeeded);
    await Promise.all([first.join(), joining]);
    await second.leave();
    await until('first is asked to join again', () => first.rejoinNeeded);
    await first.join();
    await first.leave();
    expect((await scenario.client.admin.describeGroup(group)).members).toEqual([]);
  });

  it('commits while a rebalance waits for it, so that finished work is not lost', async () => {
    const topic = await scenario.topic();
    const group = scenario.name('group');
    const first = scenario.member(group);
    const second = scenario.member(group);
    await first.join();
    const joining = second.join();
    await until('first is asked to join', () => first.rejoinNeeded);
    await first.commit([{ topic, partition: 0, offset: 3, metadata: '' }]);
    await Promise.all([first.join(), joining]);
    expect(await second.committed([{ topic, partition: 0 }])).toMatchObject([{ offset: 3 }]);
    await Promise.all([first.leave(), second.leave()]);
  });

  it('fences the commit of a member whose session expired, which can then join anew', async () => {
    const topic = await scenario.topic();
    const group = scenario.name('group');
    const member = scenario.member(group, { heartbeatIntervalMs: 60_000 });
    const before = await member.join();
    await until(
      'the session expires',
      async () => (await scenario.client.admin.describeGroup(group)).members.length === 0,
    );
    let told = 0;
    member.onRebalance = () => told++;
    const commit = member.commit([{ topic, partition: 0, offset: 1, metadata: '' }]);
    await expect(commit).rejects.toMatchObject({ code: 'FENCED' });
    expect([member.lost, member.rejoinNeeded, told]).toEqual([true, true, 1]);
    expect(await member.committed([{ topic, partition: 0 }])).toEqual([]);
    const after = await member.join();
    expect(after.memberId).not.toBe(before.memberId);
    expect([member.lost, member.rejoinNeeded]).toEqual([false, false]);
    await member.leave();
  });

  it('lets an operator take members out of a group, dynamic and static ones', async () => {
    const group = scenario.name('group');
    const { admin } = scenario.client;
    const members = [scenario.member(group), scenario.member(group, { groupInstanceId: 'one' })];
    await Promise.all(members.map((member) => member.join()));
    await until('both are there', async () => (await admin.describeGroup(group)).members.length === 2);
    const ids = (await admin.describeGroup(group)).members.map(({ memberId }) => memberId);
    await admin.removeMembers(group, [...ids, 'nobody']);
    expect((await admin.describeGroup(group)).members).toEqual([]);
    await admin.removeMembers(group, ids);
    await until('both notice', async () => members.every((member) => member.lost));
    await Promise.all(members.map((member) => member.leave()));
  });

  it('keeps the session of a member that does nothing but heartbeat', async () => {
    const group = scenario.name('group');
    const member = scenario.member(group, { heartbeatIntervalMs: 100 });
    await member.join();
    await new Promise((resolve) => {
      setTimeout(resolve, Math.min(scenario.sessionTimeoutMs * 2, 1500));
    });
    expect([member.lost, member.rejoinNeeded]).toEqual([false, false]);
    expect((await scenario.client.admin.describeGroup(group)).members).toHaveLength(1);
    await member.leave();
  });

  it('gives way for a member whose owner stands still: the others go on at once, and it can join anew', async () => {
    const topic = await scenario.topic();
    const group = scenario.name('group');
    const [first, second] = [scenario.member(group), scenario.member(group)];
    await first.join();
    const joining = second.join();
    await until('the first is asked', async () => first.rejoinNeeded);
    await Promise.all([first.join(), joining]);
    let told = 0;
    first.onRebalance = () => told++;
    await first.giveWay();
    expect([first.lost, first.rejoinNeeded, told]).toEqual([true, true, 1]);
    await until('the second is asked', async () => second.rejoinNeeded);
    await second.join();
    expect((await scenario.client.admin.describeGroup(group)).members).toHaveLength(1);
    const commit = first.commit([{ topic, partition: 0, offset: 1, metadata: '' }]);
    await expect(commit).rejects.toMatchObject({ code: 'FENCED' });
    const again = first.join();
    await until('the second is asked again', async () => second.rejoinNeeded);
    await Promise.all([again, second.join()]);
    expect([first.lost, first.rejoinNeeded]).toEqual([false, false]);
    await Promise.all([first.leave(), second.leave()]);
  });

  it('gives a static member its place back, and fences the one that had it', async () => {
    const topic = await scenario.topic();
    const group = scenario.name('group');
    const instance = { groupInstanceId: 'one' };
    const first = scenario.member(group, instance);
    const before = await first.join();
    expect(before.groupInstanceId).toBe('one');
    const second = scenario.member(group, instance);
    const after = await second.join();
    expect(after.memberId).not.toBe(before.memberId);
    const commit = first.commit([{ topic, partition: 0, offset: 1, metadata: '' }]);
    await expect(commit).rejects.toMatchObject({ code: 'FENCED', kafkaError: 'FENCED_INSTANCE_ID' });
    expect(first.lost).toBe(true);
    await second.commit([{ topic, partition: 0, offset: 2, metadata: '' }]);
    await Promise.all([first.leave(), second.leave()]);
  });

  it('refuses commits for a group that has members, made without one', async () => {
    const topic = await scenario.topic();
    const group = scenario.name('group');
    const member = scenario.member(group);
    await member.join();
    const commit = scenario.client.admin.commitOffsets(group, [{ topic, partition: 0, offset: 1, metadata: '' }]);
    await expect(commit).rejects.toMatchObject({ code: 'KAFKA_ERROR' });
    await expect(scenario.client.admin.deleteGroup(group)).rejects.toMatchObject({ kafkaError: 'NON_EMPTY_GROUP' });
    await member.leave();
  });

  it('refuses a commit before the first join', async () => {
    const member = scenario.member(scenario.name('group'));
    await expect(member.commit([])).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
  });
}
