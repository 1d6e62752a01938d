import { StreamsError } from '../core/errors.ts';
import type { FetchedChunk, Fetcher, KafkaClient } from '../kafka/client.ts';
import type { ResolvedConfig } from './config.ts';
import type { ThreadMetrics } from './metrics/thread-metrics.ts';
import { positionsAfterCut } from './positions-after-cut.ts';
import type { ThreadTasks } from './thread-tasks.ts';

export interface ThreadInputOptions {
  readonly client: KafkaClient;
  readonly config: ResolvedConfig;
  readonly fetcher: Fetcher;
  readonly tasks: ThreadTasks;
  readonly metrics: ThreadMetrics;
}

/** What a thread has fetched, on its way to the tasks that own the partitions. */
export class ThreadInput {
  readonly #options: ThreadInputOptions;
  /** Partitions whose records were deleted before they were read. */
  readonly #cut: FetchedChunk[] = [];

  constructor(options: ThreadInputOptions) {
    this.#options = options;
  }

  /** Whether {@link goOnAfterCuts} has something to do. */
  get cut(): boolean {
    return this.#cut.length > 0;
  }

  /** Gives what has arrived to its tasks. @throws what a partition cannot be read for */
  receive(): void {
    const { fetcher, tasks, metrics } = this.#options;
    const chunks = fetcher.poll();
    metrics.polled(chunks);
    for (const chunk of chunks) {
      if (chunk.error) {
        this.#unreadable(chunk, chunk.error);
        continue;
      }
      const task = tasks.of(chunk.topic, chunk.partition);
      if (task) task.push(chunk);
      else fetcher.release(chunk);
    }
  }

  /** Goes on at the first or the last record that there is, by `lostOffset`. */
  async goOnAfterCuts(): Promise<void> {
    const { client, config, fetcher, tasks } = this.#options;
    const found = await positionsAfterCut(
      client.admin,
      this.#cut.splice(0),
      config.lostOffset === 'latest' ? 'latest' : 'earliest',
    );
    for (const { topic, partition, offset, endOffset } of found) {
      const queue = tasks.of(topic, partition)?.queue(topic, partition);
      if (!queue) continue;
      config.logger.warn({ topic, partition, offset }, 'records were deleted before they were read');
      queue.moveTo(offset, endOffset);
      fetcher.add(topic, partition, offset);
    }
  }

  #unreadable(chunk: FetchedChunk, error: Error): void {
    const lost = error instanceof StreamsError && error.code === 'OFFSET_OUT_OF_RANGE';
    if (!lost || this.#options.config.lostOffset === 'fail') throw error;
    this.#cut.push(chunk);
    this.#options.fetcher.release(chunk);
  }
}
