import { join } from 'node:path';
import { partitionName } from '../core/record.ts';
import type { CommittedOffset, Fetcher, KafkaClient, Producer } from '../kafka/client.ts';
import type { SinkContext } from '../sinks/sink.ts';
import { openTaskState } from '../state/open-task-state.ts';
import type { OrderedReader } from '../state/ordered-reader.ts';
import type { TaskState } from '../state/task-state.ts';
import type { SinkNode } from '../topology/topology.ts';
import type { ResolvedConfig } from './config.ts';
import { faultPolicy } from './fault-policy.ts';
import { brokerTopic, type PartitionPlan, type TaskPartitions } from './partition-plan.ts';
import { PartitionQueue } from './partition-queue.ts';
import type { PreparedSerdes } from './prepared-serdes.ts';
import { RecordCollector } from './record-collector.ts';
import { SinkFlow } from './sink-flow.ts';
import { startPositions } from './start-positions.ts';
import { StreamTask } from './stream-task.ts';
import type { TaskFaults } from './task-faults.ts';
import { TaskMetrics } from './task-metrics.ts';

export interface TaskFactoryOptions {
  readonly config: ResolvedConfig;
  readonly client: KafkaClient;
  readonly producer: Producer;
  readonly fetcher: Fetcher;
  readonly serdes: PreparedSerdes;
  readonly partitionPlan: PartitionPlan;
  readonly clusterId: string;
  /** The share of the cache that one task gets. */
  readonly cacheMaxBytes: number;
  /** Serves the range scans of all tasks of the thread. */
  readonly reader: OrderedReader;
  readonly wake: () => void;
}

/** Makes a task ready but for its stores' contents: serdes, destinations, state, positions. Everything here is I/O. */
export async function makeTask(
  id: string,
  assigned: TaskPartitions,
  committed: readonly CommittedOffset[],
  options: TaskFactoryOptions,
): Promise<StreamTask> {
  const { config, client, producer, fetcher, serdes, wake } = options;
  const { applicationId } = config;
  const { subTopology, partition, sources } = assigned;
  const topicName = (node: SinkNode): string => brokerTopic(applicationId, String(node.topic), node.internal);
  for (const sink of subTopology.sinks) {
    if (typeof sink.topic === 'string') await serdes.destination(sink, topicName(sink));
  }

  const steps: (() => void)[] = [];
  const metrics = new TaskMetrics();
  let task: StreamTask | null = null;
  const faults = faultPolicy({
    taskId: id,
    deserialization: config.deserializationHandler,
    processing: config.processingHandler,
    production: config.productionHandler,
    deadLetter: await deadLetterOf(options),
    sender: producer,
    rawOf: (record) => task?.rawOf(record) ?? [null, null],
    later: (step) => {
      steps.push(step);
      wake();
    },
    metrics,
    logger: config.logger,
  });

  const state = await openState(id, assigned, options, {
    timestamp: () => task?.currentTimestamp ?? config.clock.now(),
    expired: (store) => metrics.drop('late', store),
  });
  try {
    const flow = await openFlow(id, assigned, committed, faults, options);
    const starts =
      flow?.starts ?? (await startPositions({ sources, committed, writer: null, admin: client.admin, config }));
    const startOf = new Map(starts.map((start) => [partitionName(start.topic, start.partition), start]));
    const queues = await Promise.all(
      sources.map(async ({ node, topic, partition: number }) => {
        const start = startOf.get(partitionName(topic, number));
        return new PartitionQueue({
          node,
          topic,
          partition: number,
          ...(await serdes.source(node, topic)),
          position: start?.offset ?? 0,
          endOffset: start?.endOffset ?? 0,
          faults,
          release: (chunk) => fetcher.release(chunk),
          wake,
        });
      }),
    );
    const collector = new RecordCollector({
      sender: producer,
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
      flow: flow?.flow ?? null,
      steps,
    });
    return task;
  } catch (error) {
    await state.close();
    throw error;
  }
}

async function openState(
  id: string,
  { subTopology, partition }: TaskPartitions,
  options: TaskFactoryOptions,
  task: { readonly timestamp: () => number; readonly expired: (store: string) => void },
): Promise<TaskState> {
  const { config, client, producer, serdes, clusterId } = options;
  const { stores } = subTopology;
  const changelog = (store: string): string => brokerTopic(config.applicationId, `${store}-changelog`, true);
  const logged = stores.filter((store) => store.logged).map((store) => changelog(store.name));
  const described = await client.admin.describeTopics(logged);
  return openTaskState({
    taskId: id,
    dir: stores.some((store) => store.persistent) ? join(config.stateDir, config.applicationId, id) : null,
    specs: await Promise.all(stores.map((store) => serdes.store(store, changelog(store.name)))),
    cacheMaxBytes: options.cacheMaxBytes,
    changelog: {
      log: (store, key, value, timestamp, headers) =>
        producer.send(changelog(store), partition, key, value, timestamp, headers),
    },
    recordTimestamp: task.timestamp,
    expired: task.expired,
    reader: options.reader,
    logger: config.logger,
    identity: {
      clusterId,
      changelogIds: Object.fromEntries(
        stores.filter((store) => store.logged).map(({ name }) => [name, described.get(changelog(name))?.id ?? null]),
      ),
    },
  });
}

async function openFlow(
  id: string,
  { subTopology, sources }: TaskPartitions,
  committed: readonly CommittedOffset[],
  faults: TaskFaults,
  options: TaskFactoryOptions,
) {
  const { external } = subTopology;
  if (!external) return null;
  const { config, client, wake } = options;
  const reject: SinkContext['reject'] = (error, key, value, record) =>
    faults.processing(error, external.name, key, value, record);
  const writer = await external.connector.open({
    applicationId: config.applicationId,
    name: external.name,
    taskId: id,
    partitions: sources.map(({ topic, partition }) => ({ topic, partition })),
    reject,
  });
  const starts = await startPositions({ sources, committed, writer, admin: client.admin, config });
  const flow = new SinkFlow({
    writer,
    maxBufferedBytes: config.sinkBufferMaxBytes,
    start: starts.map(({ topic, partition, offset }) => ({ topic, partition, offset })),
    clock: config.clock,
    logger: config.logger,
    wake,
  });
  return { flow, starts };
}

async function deadLetterOf({ config, client }: TaskFactoryOptions) {
  const topic = config.deadLetterTopic;
  if (!topic) return null;
  const partitions = (await client.admin.describeTopics([topic])).get(topic)?.partitions ?? 1;
  return { topic, partitions };
}
