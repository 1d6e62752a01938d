import { messageOf } from '../core/errors.ts';
import { partitionName, type PartitionOffset } from '../core/record.ts';
import type { KafkaAdmin } from '../kafka/client.ts';
import type { ResolvedConfig } from './config.ts';
import type { StreamTask } from './stream-task.ts';

export interface RepartitionPurgeOptions {
  readonly admin: Pick<KafkaAdmin, 'deleteRecords'>;
  readonly config: Pick<ResolvedConfig, 'repartitionPurgeIntervalMs' | 'clock' | 'logger'>;
}

/** The part of a task that the purge looks at. */
export type PurgedTask = Pick<StreamTask, 'queues' | 'committedOffsets'>;

/**
 * Deletes what was processed from the internal topics that the application writes to itself: repartition, sink and retry
 * topics have no retention, so nobody else does (Kafka Streams' `repartition.purge.interval.ms`, KIP-811). Only below
 * positions that are committed, beside the processing, one request at a time. What fails is tried again next time: a
 * purge that is late costs disk, nothing else.
 */
export class RepartitionPurge {
  readonly #options: RepartitionPurgeOptions;
  #purgedAt: number;
  /** By partition, below which offset all is gone. */
  readonly #purged = new Map<string, number>();
  #running = false;

  constructor(options: RepartitionPurgeOptions) {
    this.#options = options;
    this.#purgedAt = options.config.clock.monotonic();
  }

  /** To be called in each turn of the loop; returns at once. */
  look(tasks: Iterable<PurgedTask>): void {
    const { clock, repartitionPurgeIntervalMs } = this.#options.config;
    const now = clock.monotonic();
    if (this.#running || now - this.#purgedAt < repartitionPurgeIntervalMs) return;
    this.#purgedAt = now;
    const offsets = [...tasks]
      .flatMap(purgeable)
      .filter((offset) => this.#purged.get(nameOf(offset)) !== offset.offset);
    if (offsets.length > 0) void this.#purge(offsets);
  }

  async #purge(offsets: readonly PartitionOffset[]): Promise<void> {
    const { admin, config } = this.#options;
    this.#running = true;
    try {
      await admin.deleteRecords(offsets);
      for (const offset of offsets) this.#purged.set(nameOf(offset), offset.offset);
      config.logger.debug({ partitions: offsets.length }, 'internal topics were purged up to the committed positions');
    } catch (error) {
      config.logger.warn({ err: messageOf(error) }, 'internal topics could not be purged, trying again later');
    } finally {
      this.#running = false;
    }
  }
}

function purgeable(task: PurgedTask): PartitionOffset[] {
  const internal = new Set(task.queues.filter(({ node }) => node.internal).map(({ topic }) => topic));
  if (internal.size === 0) return [];
  return task.committedOffsets.filter(({ topic, offset }) => internal.has(topic) && offset > 0);
}

function nameOf({ topic, partition }: PartitionOffset): string {
  return partitionName(topic, partition);
}
