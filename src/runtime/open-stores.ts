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
      lock,
      cacheMaxBytes,
      memoryMaxBytes,
      changelog: null,
      logger: config.logger,
    },
    (state) => openTaskState(state),
  );
}
