import { StreamsError } from '../core/errors.ts';
import type { CommittedOffset, Fetcher, KafkaClient, Producer } from '../kafka/client.ts';
import type { StateStore } from '../state/store.ts';
import { assembleTask, type TaskInput } from './assemble-task.ts';
import { committedTimes } from './committed-times.ts';
import type { ResolvedConfig } from './config.ts';
import type { HeldState } from './held-state.ts';
import type { TaskPartitions } from './partition-plan.ts';
import type { PreparedSerdes } from './prepared-serdes.ts';
import { SinkFlow } from './sink-flow.ts';
import { startPositions } from './start-positions.ts';
import type { StreamTask } from './stream-task.ts';
import type { TaskFaults } from './task-faults.ts';

export interface TaskFactoryOptions {
  readonly config: ResolvedConfig;
  readonly client: KafkaClient;
  readonly producer: Producer;
  readonly fetcher: Fetcher;
  readonly serdes: PreparedSerdes;
  /** The task's stores, open. */
  readonly held: HeldState;
  /** A store that every task may read, if there is one of that name. */
  readonly globalStore: (name: string) => StateStore | undefined;
  readonly wake: () => void;
}

/**
 * Makes a task of a running application over stores that are open, ready but for their contents. Everything here is I/O;
 * an error names the task, so that one which comes again and again counts as that task's.
 */
export async function makeTask(
  id: string,
  assigned: TaskPartitions,
  committed: readonly CommittedOffset[],
  options: TaskFactoryOptions,
): Promise<StreamTask> {
  try {
    return await openTask(id, assigned, committed, options);
  } catch (error) {
    throw error instanceof StreamsError ? error.at({ task: id }) : error;
  }
}

async function openTask(
  id: string,
  assigned: TaskPartitions,
  committed: readonly CommittedOffset[],
  options: TaskFactoryOptions,
): Promise<StreamTask> {
  const { config, producer, fetcher, serdes, held, wake } = options;
  return assembleTask({
    id,
    assigned,
    config,
    serdes,
    sender: producer,
    deadLetter: await deadLetterOf(options),
    cacheMaxBytes: 0,
    globalStore: options.globalStore,
    openState: async (owner) => {
      held.own(owner);
      return held.state;
    },
    times: committedTimes(committed.filter(isOf(assigned))),
    openInput: (faults) => openInput(id, assigned, committed, faults, options),
    release: (chunk) => fetcher.release(chunk),
    wake,
  });
}

function isOf({ sources }: TaskPartitions): (offset: CommittedOffset) => boolean {
  return ({ topic, partition }) => sources.some((source) => source.topic === topic && source.partition === partition);
}

async function openInput(
  id: string,
  { subTopology, sources }: TaskPartitions,
  committed: readonly CommittedOffset[],
  faults: TaskFaults,
  options: TaskFactoryOptions,
): Promise<TaskInput> {
  const { config, client, wake } = options;
  const { external } = subTopology;
  const writer = external
    ? await external.connector.open({
        applicationId: config.applicationId,
        name: external.name,
        taskId: id,
        partitions: sources.map(({ topic, partition }) => ({ topic, partition })),
        reject: (error, key, value, record) => faults.processing(error, external.name, key, value, record),
      })
    : null;
  const starts = await startPositions({ sources, committed, writer, admin: client.admin, config }).catch(
    async (error: unknown) => {
      await writer?.close();
      throw error;
    },
  );
  if (!writer) return { starts, flow: null };
  const flow = new SinkFlow({
    writer,
    maxBufferedBytes: config.sinkBufferMaxBytes,
    taskId: id,
    taskTimeoutMs: config.taskTimeoutMs,
    start: starts.map(({ topic, partition, offset }) => ({ topic, partition, offset })),
    clock: config.clock,
    logger: config.logger,
    wake,
    trace:
      external && config.tracing
        ? config.tracing.sink({ applicationId: config.applicationId, task: id, node: external.name })
        : null,
  });
  return { starts, flow };
}

async function deadLetterOf({ config, client }: TaskFactoryOptions) {
  const topic = config.deadLetterTopic;
  if (!topic) return null;
  const partitions = (await client.admin.describeTopics([topic])).get(topic)?.partitions;
  if (partitions === undefined) {
    throw new StreamsError('TOPIC_MISSING', `the deadLetterTopic ${topic} does not exist; create it`, { topic });
  }
  return { topic, partitions };
}
