import { describe, expect, it } from 'vitest';
import { makePartitionPlan } from '../../src/runtime/partition-plan.ts';
import type { KafkaAdmin, NewTopic } from '../../src/kafka/client.ts';
import { topicsInMemory } from '../../src/testing/topics-in-memory.ts';
import type { TopologyPlan } from '../../src/topology/topology.ts';
import { planOf, repartition, sink, source, subTopology } from './plans.ts';

function make(plan: TopologyPlan, partitions: Record<string, number>, admin: Partial<KafkaAdmin> = {}) {
  const created: NewTopic[] = [];
  const memory = topicsInMemory(plan, partitions);
  const recording: KafkaAdmin = {
    ...memory,
    createTopics: async (topics) => {
      created.push(...topics);
      await memory.createTopics(topics);
    },
    ...admin,
  };
  return { created, plan: makePartitionPlan({ plan, applicationId: 'app', admin: recording, replicationFactor: -1 }) };
}

describe('makePartitionPlan', () => {
  it('makes a task for each partition of the widest source topic', async () => {
    const { plan } = make(planOf([subTopology(0, [source('A', ['a', 'b'], [])])]), { a: 2, b: 3 });
    const { tasks } = await plan;
    expect([...tasks.keys()]).toEqual(['0_0', '0_1', '0_2']);
    expect(tasks.get('0_2')?.sources.map(({ topic }) => topic)).toEqual(['b']);
  });

  it('gives a repartition topic as many partitions as its writers read, over several hops', async () => {
    const plan = planOf(
      [
        subTopology(0, [source('A', ['a'], ['OUT']), sink('OUT', 'x', ['A'], true)]),
        subTopology(1, [source('X', ['x'], ['OUT2'], { internal: true }), sink('OUT2', 'y', ['X'], true)]),
        subTopology(2, [source('Y', ['y'], [], { internal: true })]),
      ],
      [repartition('y'), repartition('x')],
    );
    const { created, plan: made } = make(plan, { a: 5 });
    expect([...(await made).tasks.keys()]).toHaveLength(15);
    expect(created.map(({ name, partitions }) => [name, partitions])).toEqual([
      ['app-y', 5],
      ['app-x', 5],
    ]);
  });

  it('gives a repartition topic the count of the topic it is joined with', async () => {
    const plan = planOf(
      [
        subTopology(0, [source('A', ['a'], ['OUT']), sink('OUT', 'x', ['A'], true)]),
        subTopology(1, [source('X', ['x'], [], { internal: true }), source('B', ['b'], [])], [['x', 'b']]),
      ],
      [repartition('x')],
    );
    const { partitions } = await make(plan, { a: 2, b: 7 }).plan;
    expect(partitions.get('app-x')).toBe(7);
  });

  it('refuses joined topics with different counts and says which', async () => {
    const plan = planOf([subTopology(0, [source('A', ['a'], []), source('B', ['b'], [])], [['a', 'b']])]);
    await expect(make(plan, { a: 2, b: 3 }).plan).rejects.toMatchObject({
      code: 'PARTITIONS_MISMATCH',
      message: expect.stringContaining('a has 2, b has 3'),
    });
  });

  it('refuses a source topic that is not there and names it', async () => {
    const plan = planOf([subTopology(0, [source('A', ['a'], [])])]);
    const missing = make(plan, {}, { describeTopics: async () => new Map() });
    await expect(missing.plan).rejects.toMatchObject({ code: 'TOPIC_MISSING', message: expect.stringContaining('a') });
  });

  it('refuses an internal topic whose count no longer fits', async () => {
    const plan = planOf(
      [
        subTopology(0, [source('A', ['a'], ['OUT']), sink('OUT', 'x', ['A'], true)]),
        subTopology(1, [source('X', ['x'], [], { internal: true })]),
      ],
      [repartition('x')],
    );
    const memory = topicsInMemory(plan, { a: 4 });
    await memory.createTopics([{ name: 'app-x', partitions: 2, replicationFactor: 1 }]);
    await expect(make(plan, { a: 4 }, memory).plan).rejects.toMatchObject({ code: 'PARTITIONS_MISMATCH' });
  });

  it('finds the topics of a pattern, and leaves the application’s own out', async () => {
    const plan = planOf([subTopology(0, [source('P', [], [], { pattern: /.*orders.*/ })])]);
    const { tasks } = await make(plan, { 'orders-eu': 1, 'orders-us': 2, 'app-orders-x-changelog': 9, other: 3 }).plan;
    expect(
      [...tasks.values()].flatMap((task) => task.sources.map(({ topic, partition }) => `${topic}-${partition}`)),
    ).toEqual(['orders-eu-0', 'orders-us-0', 'orders-us-1']);
  });
});
