import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StreamsError } from '../core/errors.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { openTaskState } from '../state/open-task-state.ts';
import type { OrderedReader } from '../state/ordered-reader.ts';
import type { StateIdentity, TaskState, TaskStateOptions } from '../state/task-state.ts';
import type { ResolvedConfig } from './config.ts';
import { type HeldState, holdState } from './held-state.ts';
import { brokerTopic, type TaskPartitions } from './partition-plan.ts';
import type { PreparedSerdes } from './prepared-serdes.ts';
import { changelogsOf } from './restore/changelog.ts';

export interface OpenStoresOptions {
  readonly config: ResolvedConfig;
  readonly client: KafkaClient;
  readonly serdes: PreparedSerdes;
  readonly clusterId: string;
  /** The share of the cache that one task gets. */
  readonly cacheMaxBytes: number;
  /** Serves the range scans of all tasks of the thread. */
  readonly reader: OrderedReader;
}

/** A thread of this process that gives a task up may take so long until the next one gets its folder. */
const LOCK_PATIENCE_MS = 30_000;
const LOCK_PAUSE_MS = 20;

/** Opens the stores of a task that is to run or to stand by here; nobody owns them yet. */
export async function openStores(id: string, assigned: TaskPartitions, options: OpenStoresOptions): Promise<HeldState> {
  const { config, client, serdes, clusterId, cacheMaxBytes, reader } = options;
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
      cacheMaxBytes,
      changelog: null,
      logger: config.logger,
    },
    (state) => openPatiently(state),
  );
}

async function openPatiently(options: TaskStateOptions): Promise<TaskState> {
  for (const end = performance.now() + LOCK_PATIENCE_MS; ;) {
    try {
      return await openTaskState(options);
    } catch (error) {
      const locked = error instanceof StreamsError && error.code === 'STATE_DIR_LOCKED';
      if (!locked || performance.now() > end) throw error;
      await pause(LOCK_PAUSE_MS);
    }
  }
}
