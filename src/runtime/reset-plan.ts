import { partitionName, type PartitionOffset, type TopicPartition } from '../core/record.ts';
import type { CommittedOffset, GroupDescription, KafkaAdmin } from '../kafka/client.ts';
import { appStateEntries } from '../state/task-folders.ts';
import type { SubTopology, TopologyPlan } from '../topology/topology.ts';
import { brokerTopic, sourceTopics } from './partition-plan.ts';

/**
 * Where an application begins to read its input again, under the names of Kafka's reset tools. Positions outside of what
 * the broker has are moved to its nearest end. `shiftBy` counts from the committed position.
 */
export type ResetPosition =
  | 'earliest'
  | 'latest'
  | { readonly offset: number }
  /** The first record at or after that time, in ms since the epoch; the end where there is none. */
  | { readonly timeMs: number }
  | { readonly shiftBy: number };

/** What a reset would do, or did. */
export interface ResetPlan {
  readonly applicationId: string;
  readonly group: GroupDescription;
  /** Each partition of the input: where the group is (null: nowhere) and where it will be. */
  readonly offsets: readonly ResetOffset[];
  /** Positions that stay. */
  readonly keptOffsets: readonly CommittedOffset[];
  /** Repartition, retry and changelog topics that exist and are deleted. */
  readonly internalTopics: readonly string[];
  /** Topics that look like this application's and are not in its topology: of an earlier version, or of another application. */
  readonly unknownTopics: readonly string[];
  /** Source topics that do not exist. */
  readonly missingTopics: readonly string[];
  /** Tables that keep the position themselves. */
  readonly sinks: readonly ResetSink[];
  /** Folder of the application's state on this machine, and what is removed of it. */
  readonly stateDir: string;
  readonly stateEntries: readonly string[];
}

export interface ResetOffset extends TopicPartition {
  readonly from: number | null;
  readonly to: number;
  /** The application writes this topic itself: what is there now is skipped, since it will be written again. */
  readonly own: boolean;
}

export interface ResetSink {
  readonly name: string;
  readonly topics: readonly string[];
  /** Fed through an internal topic, which is kept so that the table's positions stay true. */
  readonly internal: boolean;
}

export interface ResetPlanOptions {
  readonly plan: TopologyPlan;
  readonly applicationId: string;
  readonly admin: KafkaAdmin;
  /** The application's own folder in the state folder. */
  readonly stateDir: string;
  readonly position: ResetPosition;
}

/** Looks at everything and changes nothing. */
export async function planReset(options: ResetPlanOptions): Promise<ResetPlan> {
  const { plan, applicationId, admin, stateDir } = options;
  const existing = new Set(await admin.listTopics());
  const committed = await admin.fetchOffsets(applicationId);
  const sinks = plan.subTopologies.flatMap((sub) => sinkOf(sub, applicationId, existing));
  const declared = plan.internalTopics
    .filter(({ kind }) => kind !== 'sink')
    .map(({ name }) => brokerTopic(applicationId, name, true));
  const kept = new Set(plan.internalTopics.map(({ name }) => brokerTopic(applicationId, name, true)));
  const internalTopics = declared.filter((topic) => existing.has(topic)).sort();
  const inputs = inputsOf(plan, applicationId, existing);
  const offsets = await newOffsets(options, inputs, committed);
  const moved = new Set([...inputs.keys(), ...internalTopics]);
  return {
    applicationId,
    group: await admin.describeGroup(applicationId),
    offsets,
    keptOffsets: committed.filter(({ topic }) => !moved.has(topic) && existing.has(topic)),
    internalTopics,
    unknownTopics: [...existing].filter((topic) => looksInternal(topic, applicationId) && !kept.has(topic)).sort(),
    missingTopics: [...inputs.keys()].filter((topic) => !existing.has(topic)).sort(),
    sinks,
    stateDir,
    stateEntries: await appStateEntries(stateDir),
  };
}

/** Source topics that are not internal, and whether this topology writes them, too. */
function inputsOf(plan: TopologyPlan, applicationId: string, existing: ReadonlySet<string>): Map<string, boolean> {
  const written = new Set(
    plan.subTopologies.flatMap((sub) => sub.sinks.filter((sink) => !sink.internal).map(({ topic }) => topic)),
  );
  const sources = plan.subTopologies.flatMap((sub) => sub.sources).filter((node) => !node.internal);
  const topics = sources.flatMap((node) => sourceTopics(node, applicationId, existing));
  return new Map(topics.map((topic) => [topic, written.has(topic)]));
}

function sinkOf(sub: SubTopology, applicationId: string, existing: ReadonlySet<string>): ResetSink[] {
  if (!sub.external) return [];
  const topics = sub.sources.flatMap((node) => sourceTopics(node, applicationId, existing));
  return [{ name: sub.external.name, topics, internal: sub.sources.every((node) => node.internal) }];
}

/** Kafka's own rule for what is internal to an application, by name. */
function looksInternal(topic: string, applicationId: string): boolean {
  return topic.startsWith(`${applicationId}-`) && /-(changelog|repartition|sink|topic)$/.test(topic);
}

async function newOffsets(
  { admin, position }: ResetPlanOptions,
  inputs: ReadonlyMap<string, boolean>,
  committed: readonly CommittedOffset[],
): Promise<ResetOffset[]> {
  const described = await admin.describeTopics([...inputs.keys()]);
  const partitions = [...described.values()].flatMap(({ name, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topic: name, partition })),
  );
  const [starts, ends] = await Promise.all([
    admin.listOffsets(partitions, 'earliest').then(byPartition),
    admin.listOffsets(partitions, 'latest').then(byPartition),
  ]);
  const timed =
    typeof position === 'object' && 'timeMs' in position
      ? byPartition(await admin.listOffsets(partitions, position.timeMs))
      : null;
  const known = byPartition(committed);
  return partitions.map(({ topic, partition }) => {
    const name = partitionName(topic, partition);
    const [start, end, from] = [starts.get(name) ?? 0, ends.get(name) ?? 0, known.get(name) ?? null];
    const own = inputs.get(topic) ?? false;
    const wanted = own ? end : (timed?.get(name) ?? wantedOffset(position, start, end, from));
    return { topic, partition, from, to: Math.min(end, Math.max(start, wanted)), own };
  });
}

function wantedOffset(position: ResetPosition, start: number, end: number, from: number | null): number {
  if (position === 'earliest') return start;
  if (position === 'latest') return end;
  if ('offset' in position) return position.offset;
  return 'shiftBy' in position ? (from ?? start) + position.shiftBy : end;
}

function byPartition(offsets: readonly PartitionOffset[]): Map<string, number> {
  return new Map(offsets.map(({ topic, partition, offset }) => [partitionName(topic, partition), offset]));
}
