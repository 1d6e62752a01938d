import { StreamsError } from '../core/errors.ts';
import { partitionName } from '../core/record.ts';
import type { FetchedChunk } from '../kafka/client.ts';
import type { Forward } from '../processors/processor.ts';
import type { StateStore } from '../state/store.ts';
import type { TaskState, TaskStateOptions } from '../state/task-state.ts';
import type { ExternalSinkNode, SinkNode } from '../topology/topology.ts';
import type { CommittedTimes } from './committed-times.ts';
import type { ResolvedConfig } from './config.ts';
import { faultPolicy } from './fault-policy.ts';
import { brokerTopic, type TaskPartitions } from './partition-plan.ts';
import { PartitionQueue } from './partition-queue.ts';
import type { PreparedSerdes } from './prepared-serdes.ts';
import { RecordCollector, type RecordSender } from './record-collector.ts';
import type { SinkFlow } from './sink-flow.ts';
import type { StartPosition } from './start-positions.ts';
import { StreamTask } from './stream-task.ts';
import type { TaskFaults } from './task-faults.ts';
import { TaskMetrics } from './task-metrics.ts';
import { TaskRetries } from './task-retries.ts';

/** What a task is made of that differs between a real application and the test driver. */
export interface TaskParts {
  readonly id: string;
  readonly assigned: TaskPartitions;
  readonly config: ResolvedConfig;
  readonly serdes: PreparedSerdes;
  readonly sender: RecordSender;
  readonly deadLetter: { readonly topic: string; readonly partitions: number } | null;
  readonly cacheMaxBytes: number;
  /** A store that every task may read, if there is one of that name. */
  readonly globalStore: (name: string) => StateStore | undefined;
  /** Adds where the state is kept, and opens it. */
  readonly openState: (options: Omit<TaskStateOptions, 'dir' | 'identity'>) => Promise<TaskState>;
  /** Where time goes on. */
  readonly times: CommittedTimes;
  /** Where each partition is read from; for an external sink also the way into it. */
  readonly openInput: (faults: TaskFaults) => Promise<TaskInput>;
  readonly release: (chunk: FetchedChunk) => void;
  readonly wake: () => void;
  /** Takes the place of external sinks (the test driver). */
  readonly external?: (node: ExternalSinkNode) => Forward<unknown, unknown>;
}

export interface TaskInput {
  readonly starts: readonly StartPosition[];
  readonly flow: SinkFlow | null;
}

/** Puts a task together: serdes, state, queues, collector. Its stores are not restored yet. */
export async function assembleTask(parts: TaskParts): Promise<StreamTask> {
  const { id, assigned, config, serdes, sender, wake } = parts;
  const { applicationId, clock, logger, tracing = null } = config;
  const { subTopology, partition, sources } = assigned;
  const topicName = (node: SinkNode): string => brokerTopic(applicationId, String(node.topic), node.internal);
  for (const sink of subTopology.sinks) {
    if (typeof sink.topic === 'string') await serdes.destination(sink, topicName(sink));
  }

  const steps: (() => void)[] = [];
  const metrics = new TaskMetrics(clock, config.metricsRecordingLevel === 'debug');
  const retries = new TaskRetries({ taskId: id, timeoutMs: config.taskTimeoutMs, clock, logger });
  let task: StreamTask | null = null;
  const faults = faultPolicy({
    taskId: id,
    deserialization: config.deserializationHandler,
    processing: config.processingHandler,
    production: config.productionHandler,
    deadLetter: parts.deadLetter,
    sender,
    rawOf: (record) => task?.rawOf(record) ?? [null, null],
    later: (step) => {
      steps.push(() => {
        try {
          step();
        } catch (error) {
          throw error instanceof StreamsError ? error.at({ task: id }) : error;
        }
      });
      wake();
    },
    metrics,
    logger,
  });

  const changelog = (store: string): string => brokerTopic(applicationId, `${store}-changelog`, true);
  // Once for each store: a name put together for each record would be hashed for each record.
  const changelogs = new Map(subTopology.stores.map(({ name }) => [name, changelog(name)]));
  const state = await parts.openState({
    taskId: id,
    specs: await Promise.all(
      subTopology.stores.map((store) => serdes.store(store, store.sourceTopic ?? changelog(store.name))),
    ),
    cacheMaxBytes: parts.cacheMaxBytes,
    changelog: {
      log: (store, key, value, timestamp, headers) =>
        sender.send(changelogs.get(store) ?? changelog(store), partition, key, value, timestamp, headers),
    },
    recordTimestamp: () => task?.currentTimestamp ?? clock.now(),
    expired: (store) => metrics.drop('late', store),
    logger,
  });
  let flow: SinkFlow | null = null;
  try {
    const input = await parts.openInput(faults);
    const { starts } = input;
    ({ flow } = input);
    const startOf = new Map(starts.map((start) => [partitionName(start.topic, start.partition), start]));
    const queues = await Promise.all(
      sources.map(async ({ node, topic, partition: number }) => {
        const name = partitionName(topic, number);
        const start = startOf.get(name);
        return new PartitionQueue({
          node,
          topic,
          partition: number,
          ...(await serdes.source(node, topic)),
          position: start?.offset ?? 0,
          endOffset: start?.endOffset ?? 0,
          partitionTime: parts.times.partitions.get(name) ?? -1,
          faults,
          retries,
          release: parts.release,
          wake,
        });
      }),
    );
    const collector = new RecordCollector({
      sender,
      known: (node, topic) => serdes.known(node, topic),
      prepare: (node, topic) => serdes.destination(node, topic),
      topicName,
      faults,
      ...(tracing
        ? { traced: (headers, topic, node) => tracing.produced(headers, topic, { applicationId, task: id, node }) }
        : {}),
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
      retries,
      metrics,
      tracing,
      clock,
      maxTaskIdleMs: config.maxTaskIdleMs,
      emitIntervalMs: config.emitIntervalMs,
      remembered: parts.times.remembered,
      globalStore: parts.globalStore,
      wake,
      flow,
      steps,
      ...(parts.external ? { external: parts.external } : {}),
    });
    return task;
  } catch (error) {
    await flow?.close();
    await state.close();
    throw error;
  }
}
