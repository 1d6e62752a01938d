import type { KafkaAdmin, NewTopic, TopicDescription } from '../kafka/client.ts';
import type { TopologyPlan } from '../topology/topology.ts';

/** The part of an admin client that making tasks needs, over topics that exist because somebody asked for them. */
export function topicsInMemory(plan: TopologyPlan, partitions: number | Readonly<Record<string, number>>): KafkaAdmin {
  const counts = new Map<string, number>();
  const countOf = (topic: string): number => (typeof partitions === 'number' ? partitions : (partitions[topic] ?? 1));
  const describe = (name: string): TopicDescription => ({
    name,
    id: null,
    partitions: counts.get(name) ?? countOf(name),
    internal: false,
  });
  const refuse = (): Promise<never> => Promise.reject(new Error('not needed to make test tasks'));
  return {
    clusterId: async () => 'test',
    listTopics: async () => [
      ...new Set([
        ...plan.subTopologies.flatMap((sub) => sub.sources.flatMap((source) => source.topics)),
        ...(typeof partitions === 'number' ? [] : Object.keys(partitions)),
      ]),
    ],
    describeTopics: async (names) =>
      new Map(
        names.filter((name) => counts.has(name) || !isInternal(name, plan)).map((name) => [name, describe(name)]),
      ),
    createTopics: async (topics: readonly NewTopic[]) => {
      for (const topic of topics) counts.set(topic.name, topic.partitions);
    },
    deleteTopics: refuse,
    listOffsets: refuse,
    deleteRecords: refuse,
    fetchOffsets: refuse,
    commitOffsets: refuse,
    describeGroup: refuse,
    removeMembers: refuse,
    deleteGroup: refuse,
  };
}

/** Internal topics exist once they were created; their names end in what the plan says, after the application id. */
function isInternal(name: string, plan: TopologyPlan): boolean {
  return plan.internalTopics.some((topic) => name.endsWith(`-${topic.name}`));
}
