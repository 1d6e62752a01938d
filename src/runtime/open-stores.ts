import { join } from 'node:path';
import type { KafkaClient } from '../kafka/client.ts';
import { openTaskState } from '../state/open-task-state.ts';
import type { OrderedReader } from '../state/ordered-reader.ts';
import type { StateIdentity } from '../state/task-state.ts';
import type { ResolvedConfig } from './config.ts';
import { type HeldState, holdState } from './held-state.ts';
import { brokerTopic, type TaskPartitions } from './partition-plan.ts';
import type { PreparedSerdes } from './prepared-serdes.ts';
import { changelogsOf } from './restore/changelog.ts';
import { removeTaskFolder } from '../state/task-folders.ts';
import type { LockTask } from './threads/task-holds.ts';

export interface OpenStoresOptions {
  readonly config: ResolvedConfig;
  readonly client: KafkaClient;
  readonly serdes: PreparedSerdes;
  readonly clusterId: string;
  /** The share of the cache that one task gets. */
  readonly cacheMaxBytes: number;
  /** The share of the databases' memory. */
  readonly memoryMaxBytes: number;
  /** Serves the range scans of all tasks of the thread. */
  readonly reader: OrderedReader;
  /** Waits until no other thread of this process has the task. */
  readonly lock: LockTask;
}

/** A task that another thread keeps for longer is tried again later, so that this thread's other tasks go on. */
const PATIENCE_MS = 2_000;

/** Opens the stores of a task that is to run or to stand by here; nobody owns them yet. */
export async function openStores(id: string, assigned: TaskPartitions, options: OpenStoresOptions): Promise<HeldState> {
  const { config, client, serdes, clusterId, cacheMaxBytes, memoryMaxBytes, reader, lock } = options;
  const { stores } = assigned.subTopology;
  const changelogs = changelogsOf(config.applicationId, assigned);
  const topicOf = new Map(changelogs.map(({ store, topic }) => [store, topic]));
  const described = await client.admin.describeTopics([...new Set(topicOf.values())]);
  const identity: StateIdentity = {
    clusterId,
    changelogIds: Object.fromEntries([...topicOf].map(([store, topic]) => [store, described.get(topic)?.id ?? null])),
  };
  const persistent = stores.some((store) => store.persistent);
  const specs = stores.map((store) =>
    serdes.store(store, store.sourceTopic ?? brokerTopic(config.applicationId, `${store.name}-changelog`, true)),
  );
  return holdState(
    {
      taskId: id,
      specs: await Promise.all(specs),
      dir: persistent ? join(config.stateDir, config.applicationId, id) : null,
      identity,
      reader,
      lock: (dir) => lock(dir, PATIENCE_MS),
      cacheMaxBytes,
      memoryMaxBytes,
      changelog: null,
      logger: config.logger,
    },
    (state) => openTaskState(state),
  );
}

/**
 * Throws away a task's database that is damaged beyond use; its stores are then restored from their changelogs (Kafka
 * Streams' TaskCorruptedException). Not where a store on disk has no changelog: that would be lost for good, so somebody
 * has to look at it. Answers whether it is gone.
 */
export async function discardDamaged(
  id: string,
  assigned: TaskPartitions,
  { config, lock }: Pick<OpenStoresOptions, 'config' | 'lock'>,
): Promise<boolean> {
  if (assigned.subTopology.stores.some((store) => store.persistent && !store.logged)) return false;
  await removeTaskFolder(join(config.stateDir, config.applicationId), id, (dir) => lock(dir, PATIENCE_MS));
  config.logger.warn({ task: id }, 'damaged local state of the task is thrown away and restored from its changelogs');
  return true;
}
