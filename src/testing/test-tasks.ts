import type { Forward } from '../processors/processor.ts';
import type { ResolvedConfig } from '../runtime/config.ts';
import { faultPolicy } from '../runtime/fault-policy.ts';
import { brokerTopic, makePartitionPlan, type TaskPartitions } from '../runtime/partition-plan.ts';
import { PartitionQueue } from '../runtime/partition-queue.ts';
import { PreparedSerdes } from '../runtime/prepared-serdes.ts';
import { RecordCollector, type RecordSender } from '../runtime/record-collector.ts';
import { StreamTask } from '../runtime/stream-task.ts';
import { TaskMetrics } from '../runtime/task-metrics.ts';
import { openTaskState } from '../state/open-task-state.ts';
import type { ExternalSinkNode, SinkNode, Topology } from '../topology/topology.ts';
import { topicsInMemory } from './topics-in-memory.ts';

export interface TestTasksOptions {
  readonly topology: Topology;
  readonly config: ResolvedConfig;
  readonly partitions: number | Readonly<Record<string, number>>;
  readonly sender: RecordSender;
  readonly external: (node: ExternalSinkNode) => Forward<unknown, unknown>;
}

export interface TestTasks {
  readonly tasks: readonly StreamTask[];
  readonly serdes: PreparedSerdes;
  readonly partitions: ReadonlyMap<string, number>;
}

/** All tasks of a topology, with their state in memory and everything they send going to `sender`. */
export async function makeTestTasks(options: TestTasksOptions): Promise<TestTasks> {
  const { topology, config } = options;
  const admin = topicsInMemory(topology.plan, options.partitions);
  const { applicationId } = config;
  const { tasks, partitions } = await makePartitionPlan({
    plan: topology.plan,
    applicationId,
    admin,
    replicationFactor: 1,
  });
  const serdes = new PreparedSerdes(config.registry, admin);
  const made: StreamTask[] = [];
  for (const [id, assigned] of tasks) made.push(await makeTestTask(id, assigned, serdes, options));
  return { tasks: made, serdes, partitions };
}

async function makeTestTask(
  id: string,
  { subTopology, partition, sources }: TaskPartitions,
  serdes: PreparedSerdes,
  { config, sender, external }: TestTasksOptions,
): Promise<StreamTask> {
  const { applicationId } = config;
  const topicName = (node: SinkNode): string => brokerTopic(applicationId, String(node.topic), node.internal);
  for (const sink of subTopology.sinks) {
    if (typeof sink.topic === 'string') await serdes.destination(sink, topicName(sink));
  }
  const changelog = (store: string): string => brokerTopic(applicationId, `${store}-changelog`, true);
  const state = await openTaskState({
    taskId: id,
    dir: null,
    specs: await Promise.all(subTopology.stores.map((store) => serdes.store(store, changelog(store.name)))),
    cacheMaxBytes: config.cacheMaxBytes,
    changelog: {
      log: (store, key, value, timestamp, headers) =>
        sender.send(changelog(store), partition, key, value, timestamp, headers),
    },
    identity: { clusterId: 'test', changelogIds: {} },
  });
  const steps: (() => void)[] = [];
  const metrics = new TaskMetrics();
  let task: StreamTask | null = null;
  const wake = (): void => undefined;
  const faults = faultPolicy({
    taskId: id,
    deserialization: config.deserializationHandler,
    processing: config.processingHandler,
    production: config.productionHandler,
    deadLetter: config.deadLetterTopic ? { topic: config.deadLetterTopic, partitions: 1 } : null,
    sender,
    rawOf: (record) => task?.rawOf(record) ?? [null, null],
    later: (step) => steps.push(step),
    metrics,
    logger: config.logger,
  });
  const queues = await Promise.all(
    sources.map(
      async ({ node, topic, partition: number }) =>
        new PartitionQueue({
          node,
          topic,
          partition: number,
          ...(await serdes.source(node, topic)),
          position: 0,
          endOffset: 0,
          faults,
          release: () => undefined,
          wake,
        }),
    ),
  );
  const collector = new RecordCollector({
    sender,
    known: (node, topic) => serdes.known(node, topic),
    prepare: (node, topic) => serdes.destination(node, topic),
    topicName,
    faults,
    wake,
  });
  task = new StreamTask({
    id,
    applicationId,
    partition,
    subTopology,
    queues,
    state,
    collector,
    faults,
    metrics,
    clock: config.clock,
    maxTaskIdleMs: config.maxTaskIdleMs,
    wake,
    flow: null,
    external,
    steps,
  });
  return task;
}
