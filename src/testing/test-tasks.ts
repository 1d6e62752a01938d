import type { Forward } from '../processors/processor.ts';
import type { CommittedOffset } from '../kafka/client.ts';
import { assembleTask } from '../runtime/assemble-task.ts';
import { committedTimes } from '../runtime/committed-times.ts';
import type { ResolvedConfig } from '../runtime/config.ts';
import { globalPartitions, makeGlobalTask } from '../runtime/global-task.ts';
import { makePartitionPlan } from '../runtime/partition-plan.ts';
import { PreparedSerdes } from '../runtime/prepared-serdes.ts';
import type { RecordSender } from '../runtime/record-collector.ts';
import type { StreamTask } from '../runtime/stream-task.ts';
import { openTaskState } from '../state/open-task-state.ts';
import type { StateStore } from '../state/store.ts';
import type { ExternalSinkNode, Topology } from '../topology/topology.ts';
import { topicsInMemory } from './topics-in-memory.ts';

export interface TestTasksOptions {
  readonly topology: Topology;
  readonly config: ResolvedConfig;
  readonly partitions: number | Readonly<Record<string, number>>;
  readonly sender: RecordSender;
  /** What each task committed before a crash. */
  readonly committed: ReadonlyMap<string, readonly CommittedOffset[]>;
  readonly external: (node: ExternalSinkNode) => Forward<unknown, unknown>;
}

export interface TestTasks {
  readonly tasks: readonly StreamTask[];
  /** Fills the global stores; null where there are none. */
  readonly global: StreamTask | null;
  readonly partitions: ReadonlyMap<string, number>;
}

/** All tasks of a topology, with their state in memory and everything they send going to `sender`. */
export async function makeTestTasks(options: TestTasksOptions): Promise<TestTasks> {
  const { topology, config, sender, external } = options;
  const admin = topicsInMemory(topology.plan, options.partitions);
  const { applicationId, deadLetterTopic, cacheMaxBytes } = config;
  const plan = await makePartitionPlan({ plan: topology.plan, applicationId, admin, replicationFactor: 1 });
  const serdes = new PreparedSerdes(config.registry, admin);
  const atGlobal = await globalPartitions(topology.plan, admin);
  const quiet = { release: () => undefined, wake: () => undefined };
  const global =
    atGlobal.length === 0
      ? null
      : await makeGlobalTask({ plan: topology.plan, config, serdes, partitions: atGlobal, starts: [], ...quiet });
  const globalStore = (name: string): StateStore | undefined =>
    global?.subTopology.stores.some((store) => store.name === name) ? global.state.store(name) : undefined;
  const tasks: StreamTask[] = [];
  for (const [id, assigned] of plan.tasks) {
    const task = await assembleTask({
      id,
      assigned,
      config,
      serdes,
      sender,
      deadLetter: deadLetterTopic ? { topic: deadLetterTopic, partitions: 1 } : null,
      cacheMaxBytes,
      globalStore,
      openState: (state) => openTaskState({ ...state, dir: null, identity: { clusterId: 'test', changelogIds: {} } }),
      times: committedTimes(options.committed.get(id) ?? []),
      openInput: async () => ({ starts: [], flow: null }),
      ...quiet,
      external,
    });
    tasks.push(task);
  }
  const counts = new Map(plan.partitions);
  for (const { topic, partition } of atGlobal) counts.set(topic, partition + 1);
  return { tasks, global, partitions: counts };
}
