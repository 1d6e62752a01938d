import { messageOf, StreamsError } from '../core/errors.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { TopologyPlan } from '../topology/topology.ts';
import type { ResolvedConfig } from './config.ts';
import { type PartitionPlan, sourcePartitions } from './partition-plan.ts';

export interface SourceWatchOptions {
  readonly client: Pick<KafkaClient, 'admin'>;
  readonly config: Pick<ResolvedConfig, 'applicationId' | 'metadataMaxAgeMs' | 'clock' | 'logger'>;
  readonly plan: TopologyPlan;
  readonly wake: () => void;
}

/**
 * Looks from time to time whether the source topics are still those that the group shares out: partitions that were added,
 * and topics that a pattern finds now, have to be given to somebody. Asks beside the processing. For the leader alone: a join
 * of another member with nothing new to say makes no rebalance.
 */
export class SourceWatch {
  readonly #options: SourceWatchOptions;
  #known: ReadonlyMap<string, number> = new Map();
  #lookedAt = 0;
  #looking = false;
  #changed = false;

  constructor(options: SourceWatchOptions) {
    this.#options = options;
  }

  /** Whether the group has to share out anew. */
  get changed(): boolean {
    return this.#changed;
  }

  joined({ partitions }: PartitionPlan): void {
    this.#known = partitions;
    this.#changed = false;
    this.#lookedAt = this.#options.config.clock.monotonic();
  }

  /** Asks the cluster when it is time to. */
  look(): void {
    const { clock, metadataMaxAgeMs } = this.#options.config;
    if (this.#looking || this.#changed || clock.monotonic() - this.#lookedAt < metadataMaxAgeMs) return;
    this.#looking = true;
    void this.#ask();
  }

  async #ask(): Promise<void> {
    const { client, config, plan, wake } = this.#options;
    const known = this.#known;
    try {
      const found = await sourcePartitions({ plan, applicationId: config.applicationId, admin: client.admin });
      if (known !== this.#known) return;
      for (const [topic, partitions] of found) if (known.get(topic) !== partitions) this.#changed = true;
      if (this.#changed) wake();
    } catch (error) {
      // A topic that is gone is told by the fetcher or, once the group joins anew, by the leader.
      if (error instanceof StreamsError && error.code === 'TOPIC_MISSING') this.#changed = true;
      config.logger.debug({ err: messageOf(error) }, 'the source topics could not be looked at');
    } finally {
      this.#lookedAt = config.clock.monotonic();
      this.#looking = false;
    }
  }
}
