import { partitionName, type TopicPartition } from '../core/record.ts';
import { StreamsError } from '../core/errors.ts';
import type { Fetcher, KafkaClient } from '../kafka/client.ts';
import type { TopologyPlan } from '../topology/topology.ts';
import type { ResolvedConfig } from './config.ts';
import { globalPartitions, makeGlobalTask } from './global-task.ts';
import type { PreparedSerdes } from './prepared-serdes.ts';
import type { StreamTask } from './stream-task.ts';

export interface GlobalStoresOptions {
  readonly plan: TopologyPlan;
  readonly client: KafkaClient;
  readonly config: ResolvedConfig;
  readonly serdes: PreparedSerdes;
  /** Answers true when the loading is no longer wanted. */
  readonly stopped: () => boolean;
}

const POLL_MS = 500;
/** Records that are applied before others have their turn. */
const TURN_RECORDS = 512;

/**
 * The global stores of a process: read from all partitions of their topics, by a fetcher outside the group. In memory,
 * and read from the start of the topics each time.
 */
export class GlobalStores {
  readonly task: StreamTask;
  readonly #fetcher: Fetcher;

  private constructor(task: StreamTask, fetcher: Fetcher) {
    this.task = task;
    this.#fetcher = fetcher;
  }

  /** Loads them up to the present ends of their topics; null where the topology has none. @throws TOPIC_MISSING */
  static async open(options: GlobalStoresOptions): Promise<GlobalStores | null> {
    const { plan, client, config, serdes, stopped } = options;
    if (plan.globalStores.length === 0) return null;
    const { admin } = client;
    const partitions = await globalPartitions(plan, admin);
    const [starts, ends] = await Promise.all([
      admin.listOffsets(partitions, 'earliest'),
      admin.listOffsets(partitions, 'latest', 'read_committed'),
    ]);
    const endOf = new Map(ends.map(({ topic, partition, offset }) => [partitionName(topic, partition), offset]));
    const end = (at: TopicPartition): number => endOf.get(partitionName(at.topic, at.partition)) ?? 0;
    const fetcher = client.fetcher({ maxBufferedBytes: config.inputBufferMaxBytes });
    try {
      const task = await makeGlobalTask({
        plan,
        config,
        serdes,
        partitions,
        starts: starts.map((start) => ({ ...start, endOffset: end(start) })),
        release: (chunk) => fetcher.release(chunk),
        wake: () => fetcher.wake(),
      });
      const stores = new GlobalStores(task, fetcher);
      for (const { topic, partition, position } of task.queues) fetcher.add(topic, partition, position);
      config.logger.info({ partitions: partitions.length }, 'loading global stores');
      while (!stopped() && task.queues.some((queue) => queue.position < end(queue))) {
        await fetcher.arrival(POLL_MS);
        while (stores.turn());
      }
      return stores;
    } catch (error) {
      await fetcher.close();
      throw error;
    }
  }

  /** Applies what has arrived; answers whether there was anything. */
  turn(): boolean {
    for (const chunk of this.#fetcher.poll()) {
      if (chunk.error) this.#startAgain(chunk.error, chunk.topic, chunk.partition, chunk.logStartOffset);
      this.task.push(chunk);
    }
    const ran = this.task.runSteps();
    return this.task.process(TURN_RECORDS) > 0 || ran;
  }

  /** Resolves when there may be something to apply. */
  arrival(timeoutMs: number): Promise<void> {
    return this.#fetcher.arrival(timeoutMs);
  }

  async close(): Promise<void> {
    await this.task.close();
    await this.#fetcher.close();
  }

  /** What was deleted from the topic before it was read was out of date. */
  #startAgain(error: Error, topic: string, partition: number, logStartOffset: number): void {
    if (!(error instanceof StreamsError) || error.code !== 'OFFSET_OUT_OF_RANGE') throw error;
    this.#fetcher.add(topic, partition, logStartOffset);
  }
}
