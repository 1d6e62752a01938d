import { StreamsError } from '../core/errors.ts';
import type { TopicPartition } from '../core/record.ts';
import type { KafkaAdmin, NewTopic } from '../kafka/client.ts';
import type { InternalTopic, SourceNode, SubTopology, TopologyPlan } from '../topology/topology.ts';

export interface PartitionPlanOptions {
  readonly plan: TopologyPlan;
  readonly applicationId: string;
  readonly admin: KafkaAdmin;
  readonly replicationFactor: number;
}

/** How many partitions each topic has, and so which tasks there are. */
export interface PartitionPlan {
  /** By the name on the broker. */
  readonly partitions: ReadonlyMap<string, number>;
  readonly tasks: ReadonlyMap<string, TaskPartitions>;
}

export interface TaskPartitions {
  readonly subTopology: SubTopology;
  readonly partition: number;
  readonly sources: readonly (TopicPartition & { readonly node: SourceNode })[];
}

/** The name on the broker: internal topics carry the application id. */
export function brokerTopic(applicationId: string, topic: string, internal: boolean): string {
  return internal ? `${applicationId}-${topic}` : topic;
}

/** The topics a source node reads now; a pattern's are found among `existing`. */
export function sourceTopics(node: SourceNode, applicationId: string, existing: Iterable<string>): string[] {
  const { pattern } = node;
  if (!pattern) return node.topics.map((topic) => brokerTopic(applicationId, topic, node.internal));
  const own = `${applicationId}-`;
  return [...existing].filter((topic) => pattern.test(topic) && !topic.startsWith(own)).sort();
}

/**
 * Finds the partition counts, checks co-partitioning, and creates the internal topics that are missing. Run by the
 * group's leader before it assigns.
 *
 * @throws TOPIC_MISSING, PARTITIONS_MISMATCH
 */
export async function makePartitionPlan(options: PartitionPlanOptions): Promise<PartitionPlan> {
  const { plan, applicationId } = options;
  const counts = await sourcePartitions(options);
  resolveInternal(plan, applicationId, counts);
  await createInternal(options, counts);
  return planFromCounts(plan, applicationId, counts);
}

/** The same plan from counts that are known already. */
export function planFromCounts(
  plan: TopologyPlan,
  applicationId: string,
  partitions: ReadonlyMap<string, number>,
): PartitionPlan {
  return { partitions, tasks: tasksOf(plan, applicationId, partitions) };
}

/** The source topics that are not the application's own, as they are now. @throws TOPIC_MISSING */
export async function sourcePartitions({
  plan,
  applicationId,
  admin,
}: Omit<PartitionPlanOptions, 'replicationFactor'>): Promise<Map<string, number>> {
  const sources = plan.subTopologies.flatMap((sub) => sub.sources).filter((node) => !node.internal);
  const existing = sources.some((node) => node.pattern) ? await admin.listTopics() : [];
  const wanted = sources.flatMap((node) => sourceTopics(node, applicationId, existing));
  const described = await admin.describeTopics([...new Set(wanted)]);
  const missing = [...new Set(wanted)].filter((topic) => !described.has(topic));
  if (missing.length > 0) {
    throw new StreamsError(
      'TOPIC_MISSING',
      `source topic${missing.length > 1 ? 's' : ''} ${missing.join(', ')} of ${applicationId} ${missing.length > 1 ? 'do' : 'does'} not exist; create ${missing.length > 1 ? 'them' : 'it'} and start again`,
      { topic: missing[0] ?? '' },
    );
  }
  return new Map([...described.values()].map(({ name, partitions }) => [name, partitions]));
}

/** Repartition topics take the largest count of what writes them, or that of the topics they are joined with. */
function resolveInternal(plan: TopologyPlan, applicationId: string, counts: Map<string, number>): void {
  const open = new Map<string, InternalTopic>();
  for (const topic of plan.internalTopics) {
    if (topic.kind === 'changelog') continue;
    if (topic.partitions === null) open.set(brokerTopic(applicationId, topic.name, true), topic);
    else counts.set(brokerTopic(applicationId, topic.name, true), topic.partitions);
  }
  const fixed = new Set(counts.keys());
  for (let progress = true; progress;) {
    progress = false;
    for (const name of open.keys()) {
      if (counts.has(name)) continue;
      const count = widestWriter(plan, applicationId, name, counts);
      if (count === null) continue;
      counts.set(name, count);
      progress = true;
    }
    for (const sub of plan.subTopologies) {
      for (const group of sub.copartitionGroups) {
        if (align(group, sub, applicationId, counts, fixed)) progress = true;
      }
    }
    progress ||= adopt(plan, applicationId, counts);
  }
}

/**
 * For topics whose writers wait for each other, as the two between the tables of a foreign-key join do: one takes the
 * count of a topic that it must be equal to.
 */
function adopt(plan: TopologyPlan, applicationId: string, counts: Map<string, number>): boolean {
  for (const sub of plan.subTopologies) {
    for (const group of sub.copartitionGroups) {
      const names = groupNames(group, sub, applicationId);
      const known = names.flatMap((name) => counts.get(name) ?? []);
      const unknown = names.find((name) => !counts.has(name));
      if (known.length === 0 || unknown === undefined) continue;
      counts.set(unknown, Math.max(...known));
      return true;
    }
  }
  return false;
}

function groupNames(group: readonly string[], sub: SubTopology, applicationId: string): string[] {
  const internal = new Set(sub.sources.filter((node) => node.internal).flatMap((node) => node.topics));
  return group.map((topic) => brokerTopic(applicationId, topic, internal.has(topic)));
}

function widestWriter(
  plan: TopologyPlan,
  applicationId: string,
  name: string,
  counts: ReadonlyMap<string, number>,
): number | null {
  let widest = 0;
  for (const sub of plan.subTopologies) {
    const writes = sub.sinks.some(
      (sink) =>
        sink.internal && typeof sink.topic === 'string' && brokerTopic(applicationId, sink.topic, true) === name,
    );
    if (!writes) continue;
    for (const topic of sub.sources.flatMap((node) => sourceTopics(node, applicationId, counts.keys()))) {
      const count = counts.get(topic);
      if (count === undefined) return null;
      widest = Math.max(widest, count);
    }
  }
  return widest || null;
}

/** Makes the topics of a co-partition group equal, where ours may be changed; answers whether anything changed. */
function align(
  group: readonly string[],
  sub: SubTopology,
  applicationId: string,
  counts: Map<string, number>,
  fixed: ReadonlySet<string>,
): boolean {
  const names = groupNames(group, sub, applicationId);
  if (names.some((name) => !counts.has(name))) return false;
  const given = names.filter((name) => fixed.has(name));
  const target =
    given.length > 0 ? counts.get(given[0] ?? '') : Math.max(...names.map((name) => counts.get(name) ?? 0));
  if (given.some((name) => counts.get(name) !== target)) {
    const list = given.map((name) => `${name} has ${counts.get(name)}`).join(', ');
    throw new StreamsError(
      'PARTITIONS_MISMATCH',
      `topics that are joined need the same number of partitions: ${list}; repartition one of them with repartition({ partitions })`,
    );
  }
  let changed = false;
  for (const name of names) {
    if (target === undefined || counts.get(name) === target) continue;
    counts.set(name, target);
    changed = true;
  }
  return changed;
}

async function createInternal(options: PartitionPlanOptions, counts: Map<string, number>): Promise<void> {
  const { plan, applicationId, admin, replicationFactor } = options;
  const tasks = tasksOf(plan, applicationId, counts);
  const topics: NewTopic[] = plan.internalTopics.map((topic) => {
    const name = brokerTopic(applicationId, topic.name, true);
    const partitions =
      topic.kind === 'changelog' ? changelogPartitions(topic, tasks.values()) : (counts.get(name) ?? 1);
    return { name, partitions, replicationFactor, config: topic.config };
  });
  const existing = await admin.describeTopics(topics.map((topic) => topic.name));
  for (const { name, partitions } of topics) {
    const found = existing.get(name);
    if (found && found.partitions !== partitions) {
      throw new StreamsError(
        'PARTITIONS_MISMATCH',
        `internal topic ${name} has ${found.partitions} partitions, the topology needs ${partitions}; ` +
          `the number of partitions of a source topic has changed: reset the application, or restore the old number`,
        { topic: name },
      );
    }
    counts.set(name, partitions);
  }
  const missing = topics.filter(({ name }) => !existing.has(name));
  if (missing.length > 0) await admin.createTopics(missing);
}

function changelogPartitions(topic: InternalTopic, tasks: Iterable<TaskPartitions>): number {
  let count = 0;
  for (const { subTopology } of tasks) {
    if (subTopology.stores.some((store) => store.name === topic.store)) count++;
  }
  return count;
}

function tasksOf(
  plan: TopologyPlan,
  applicationId: string,
  counts: ReadonlyMap<string, number>,
): Map<string, TaskPartitions> {
  const tasks = new Map<string, TaskPartitions>();
  for (const subTopology of plan.subTopologies) {
    const topics = subTopology.sources.flatMap((node) =>
      sourceTopics(node, applicationId, counts.keys()).map((topic) => ({ node, topic })),
    );
    const widest = Math.max(0, ...topics.map(({ topic }) => counts.get(topic) ?? 0));
    for (let partition = 0; partition < widest; partition++) {
      const sources = topics
        .filter(({ topic }) => partition < (counts.get(topic) ?? 0))
        .map(({ node, topic }) => ({ node, topic, partition }));
      tasks.set(`${subTopology.id}_${partition}`, { subTopology, partition, sources });
    }
  }
  return tasks;
}
