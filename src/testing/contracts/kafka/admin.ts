import { expect, it } from 'vitest';
import type { Scenario } from './scenario.ts';

export function adminContract(scenario: Scenario): void {
  const admin = () => scenario.client.admin;

  it('knows the cluster by an id that every client sees', async () => {
    const other = scenario.newClient();
    const id = await admin().clusterId();
    expect(id).not.toBe('');
    expect(await other.admin.clusterId()).toBe(id);
    await other.close();
  });

  it('is connected after connect', () => {
    expect(scenario.client.connected).toBe(true);
  });

  it('creates, lists, describes and deletes topics', async () => {
    const topic = await scenario.topic(3, { 'cleanup.policy': 'compact' });
    expect(await admin().listTopics()).toContain(topic);
    const described = await admin().describeTopics([topic, scenario.name('missing')]);
    expect([...described.keys()]).toEqual([topic]);
    expect(described.get(topic)).toMatchObject({ name: topic, partitions: 3, internal: false });
    await admin().deleteTopics([topic]);
    expect(await admin().describeTopics([topic])).toEqual(new Map());
    expect(await admin().listTopics()).not.toContain(topic);
  });

  it('leaves a topic that exists as it is', async () => {
    const topic = await scenario.topic(2);
    await admin().createTopics([{ name: topic, partitions: 5, replicationFactor: -1 }]);
    expect((await admin().describeTopics([topic])).get(topic)?.partitions).toBe(2);
  });

  it('gives a topic that was made again another id', async () => {
    const topic = await scenario.topic();
    const before = (await admin().describeTopics([topic])).get(topic)?.id;
    await admin().deleteTopics([topic]);
    await admin().createTopics([{ name: topic, partitions: 1, replicationFactor: -1 }]);
    const after = (await admin().describeTopics([topic])).get(topic)?.id;
    expect(before).toEqual(expect.any(String));
    expect(after).toEqual(expect.any(String));
    expect(after).not.toBe(before);
  });

  it('deletes a topic that does not exist without complaint', async () => {
    await expect(admin().deleteTopics([scenario.name('missing')])).resolves.toBeUndefined();
  });

  it('refuses a setting that does not exist, with Kafka’s name of the error', async () => {
    const topics = [{ name: scenario.name('bad'), partitions: 1, replicationFactor: -1, config: { 'no.such': '1' } }];
    await expect(admin().createTopics(topics)).rejects.toMatchObject({
      code: 'KAFKA_ERROR',
      kafkaError: 'INVALID_CONFIG',
    });
  });

  it('finds offsets: first, end, and by time', async () => {
    const topic = await scenario.topic(2);
    await scenario.write(topic, ['a', 'b', 'c', 'd']);
    const at = async (where: 'earliest' | 'latest' | number) =>
      new Map(
        (
          await admin().listOffsets(
            [0, 1].map((partition) => ({ topic, partition })),
            where,
          )
        ).map((o) => [o.partition, o.offset]),
      );
    expect(await at('earliest')).toEqual(
      new Map([
        [0, 0],
        [1, 0],
      ]),
    );
    expect(await at('latest')).toEqual(
      new Map([
        [0, 4],
        [1, 0],
      ]),
    );
    // The times are 0, 1, 2, 3.
    expect(await at(2)).toEqual(
      new Map([
        [0, 2],
        [1, 0],
      ]),
    );
    expect(await at(99)).toEqual(
      new Map([
        [0, 4],
        [1, 0],
      ]),
    );
  });

  it('deletes records below an offset', async () => {
    const topic = await scenario.topic();
    await scenario.write(topic, ['a', 'b', 'c']);
    await admin().deleteRecords([{ topic, partition: 0, offset: 2 }]);
    expect(await admin().listOffsets([{ topic, partition: 0 }], 'earliest')).toEqual([
      { topic, partition: 0, offset: 2 },
    ]);
    expect(await scenario.read(topic, 1, { from: 2 })).toMatchObject([{ offset: 2, value: 'c' }]);
  });

  it('says that a topic is missing when its offsets are asked for', async () => {
    const topic = scenario.name('missing');
    await expect(admin().listOffsets([{ topic, partition: 0 }], 'latest')).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
    });
  });

  it('commits and fetches offsets of a group without members, and deletes it', async () => {
    const topic = await scenario.topic(3);
    const group = scenario.name('group');
    await admin().commitOffsets(group, [
      { topic, partition: 0, offset: 5, metadata: 'AgAAAaH6GuWY' },
      { topic, partition: 2, offset: 7, metadata: '' },
    ]);
    const all = await admin().fetchOffsets(group);
    expect(all.toSorted((a, b) => a.partition - b.partition)).toEqual([
      { topic, partition: 0, offset: 5, metadata: 'AgAAAaH6GuWY' },
      { topic, partition: 2, offset: 7, metadata: '' },
    ]);
    const some = await admin().fetchOffsets(group, [
      { topic, partition: 1 },
      { topic, partition: 2 },
    ]);
    expect(some).toEqual([{ topic, partition: 2, offset: 7, metadata: '' }]);
    expect(await admin().describeGroup(group)).toMatchObject({ groupId: group, state: 'Empty', members: [] });
    await admin().deleteGroup(group);
    expect(await admin().fetchOffsets(group)).toEqual([]);
  });

  it('has no offsets of a group that never was', async () => {
    expect(await admin().fetchOffsets(scenario.name('group'))).toEqual([]);
  });
}
