import { partitionName } from '../core/record.ts';
import type { KafkaAdmin } from '../kafka/client.ts';
import { brokerTopic, sourceTopics } from '../runtime/partition-plan.ts';
import { inspectTaskFolder, type StoreFolder, type TaskFolder } from '../state/inspect-task-folder.ts';
import { localTasks } from '../state/task-folders.ts';
import type { TopologyPlan } from '../topology/topology.ts';

/** What a stage has on this machine, and where its group is; the latter null without a cluster. */
export interface StageState {
  readonly stage: string;
  readonly applicationId: string;
  readonly stateDir: string;
  readonly tasks: readonly TaskState[];
  readonly positions: readonly PositionState[] | null;
}

export interface TaskState extends Omit<TaskFolder, 'stores'> {
  /** null: the task is open in a process that runs. */
  readonly stores: readonly StoreState[] | null;
}

export interface StoreState extends StoreFolder {
  /** Changelog offsets that a start would have to read; null where that is not known. */
  readonly changelogLag: number | null;
}

export interface PositionState {
  readonly topic: string;
  readonly partition: number;
  readonly committed: number | null;
  readonly end: number;
  readonly lag: number;
}

export interface StageStateOptions {
  readonly stage: string;
  readonly applicationId: string;
  readonly plan: TopologyPlan;
  /** The application's own folder. */
  readonly stateDir: string;
  /** null: no cluster is asked. */
  readonly admin: KafkaAdmin | null;
}

/** Reads it all and changes nothing. @throws STATE_CORRUPT */
export async function stageState(options: StageStateOptions): Promise<StageState> {
  const { stage, applicationId, stateDir, admin } = options;
  const tasks: TaskState[] = [];
  for (const id of localTasks(stateDir).sort()) {
    const folder = await inspectTaskFolder(stateDir, id);
    const lags = admin && folder.stores ? await changelogLags(folder.stores, id, options, admin) : null;
    const stores = folder.stores?.map((store) => ({ ...store, changelogLag: lags?.get(store.name) ?? null })) ?? null;
    tasks.push({ ...folder, stores });
  }
  return { stage, applicationId, stateDir, tasks, positions: admin ? await positions(options, admin) : null };
}

async function changelogLags(
  stores: readonly StoreFolder[],
  task: string,
  { plan, applicationId }: StageStateOptions,
  admin: KafkaAdmin,
): Promise<Map<string, number>> {
  const partition = Number(task.split('_')[1]);
  const topicOf = (name: string): string =>
    plan.stores.get(name)?.sourceTopic ?? brokerTopic(applicationId, `${name}-changelog`, true);
  const existing = await admin.describeTopics(stores.map(({ name }) => topicOf(name)));
  const lags = new Map<string, number>();
  for (const { name, position } of stores) {
    const topic = topicOf(name);
    if ((existing.get(topic)?.partitions ?? 0) <= partition) continue;
    const [start] = await admin.listOffsets([{ topic, partition }], 'earliest');
    const [end] = await admin.listOffsets([{ topic, partition }], 'latest', 'read_committed');
    lags.set(name, Math.max(0, (end?.offset ?? 0) - Math.max(position ?? 0, start?.offset ?? 0)));
  }
  return lags;
}

async function positions({ plan, applicationId }: StageStateOptions, admin: KafkaAdmin): Promise<PositionState[]> {
  const existing = await admin.listTopics();
  const sources = plan.subTopologies.flatMap((sub) => sub.sources);
  const topics = [...new Set(sources.flatMap((node) => sourceTopics(node, applicationId, existing)))];
  const described = await admin.describeTopics(topics);
  const partitions = [...described.values()].flatMap(({ name: topic, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition })),
  );
  const ends = new Map(
    (await admin.listOffsets(partitions, 'latest', 'read_committed')).map((it) => [nameOf(it), it.offset]),
  );
  const starts = new Map((await admin.listOffsets(partitions, 'earliest')).map((it) => [nameOf(it), it.offset]));
  const committed = new Map((await admin.fetchOffsets(applicationId)).map((it) => [nameOf(it), it.offset]));
  return partitions.map((it) => {
    const [known, end, start] = [
      committed.get(nameOf(it)) ?? null,
      ends.get(nameOf(it)) ?? 0,
      starts.get(nameOf(it)) ?? 0,
    ];
    return { ...it, committed: known, end, lag: Math.max(0, end - Math.max(known ?? 0, start)) };
  });
}

function nameOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return partitionName(topic, partition);
}
