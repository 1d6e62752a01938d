import type { TopicPartition } from '../core/record.ts';
import { StreamsError } from '../core/errors.ts';
import type { FetchedChunk, KafkaAdmin } from '../kafka/client.ts';
import { openTaskState } from '../state/open-task-state.ts';
import type { SubTopology, TopologyPlan } from '../topology/topology.ts';
import { assembleTask } from './assemble-task.ts';
import { NO_TIMES } from './committed-times.ts';
import type { FaultHandler, ResolvedConfig } from './config.ts';
import type { PreparedSerdes } from './prepared-serdes.ts';
import type { StartPosition } from './start-positions.ts';
import type { StreamTask } from './stream-task.ts';

export interface GlobalTaskOptions {
  readonly plan: TopologyPlan;
  readonly config: ResolvedConfig;
  readonly serdes: PreparedSerdes;
  readonly partitions: readonly TopicPartition[];
  readonly starts: readonly StartPosition[];
  readonly release: (chunk: FetchedChunk) => void;
  readonly wake: () => void;
}

/** All partitions of the topics of a topology's global stores. @throws TOPIC_MISSING */
export async function globalPartitions(
  { globalStores }: TopologyPlan,
  admin: Pick<KafkaAdmin, 'describeTopics'>,
): Promise<readonly TopicPartition[]> {
  const topics = globalStores.flatMap(({ source }) => source.topics);
  const described = topics.length === 0 ? new Map<string, never>() : await admin.describeTopics(topics);
  return topics.flatMap((topic) => {
    const partitions = described.get(topic)?.partitions;
    if (partitions === undefined) {
      throw new StreamsError(
        'TOPIC_MISSING',
        `topic ${topic}, read by a global table, does not exist; create it and start again`,
        { topic },
      );
    }
    return Array.from({ length: partitions }, (_one, partition) => ({ topic, partition }));
  });
}

/**
 * The task that fills the global stores, started: like any other, but it has all partitions, no changelog and no output.
 * A dead letter is not written for it, as in Kafka Streams: the record is dropped and counted.
 */
export async function makeGlobalTask(options: GlobalTaskOptions): Promise<StreamTask> {
  const { plan, config, serdes, partitions } = options;
  const sources = plan.globalStores.map(({ source }) => source);
  const subTopology: SubTopology = {
    id: -1,
    nodes: plan.globalStores.flatMap(({ source, processor }) => [source, processor]),
    sources,
    sinks: [],
    external: null,
    stores: plan.globalStores.map(({ store }) => store),
    copartitionGroups: [],
  };
  const refuse = (): never => {
    throw new StreamsError('ILLEGAL_STATE', 'the processor of a global store has no output');
  };
  const task = await assembleTask({
    id: 'global',
    assigned: {
      subTopology,
      partition: -1,
      sources: sources.flatMap((node) =>
        partitions.filter(({ topic }) => node.topics.includes(topic)).map((at) => ({ node, ...at })),
      ),
    },
    config: {
      ...config,
      maxTaskIdleMs: -1,
      deserializationHandler: withoutDeadLetter(config.deserializationHandler),
      processingHandler: withoutDeadLetter(config.processingHandler),
    },
    serdes,
    sender: { send: refuse },
    deadLetter: null,
    cacheMaxBytes: 0,
    globalStore: () => undefined,
    openState: (state) =>
      openTaskState({ ...state, dir: null, identity: { clusterId: 'global', changelogIds: {} }, changelog: null }),
    times: NO_TIMES,
    openInput: async () => ({ starts: options.starts, flow: null }),
    release: options.release,
    wake: options.wake,
  });
  task.start();
  return task;
}

function withoutDeadLetter(handler: FaultHandler): FaultHandler {
  return (fault) => {
    const verdict = typeof handler === 'function' ? handler(fault) : handler;
    return verdict === 'deadLetter' ? 'continue' : verdict;
  };
}
