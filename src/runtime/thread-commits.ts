import { StreamsError } from '../core/errors.ts';
import type { GroupMember, Producer } from '../kafka/client.ts';
import { commitAtLeastOnce, commitExactlyOnce, sendEverything } from './commit.ts';
import type { ThreadMetrics } from './metrics/thread-metrics.ts';
import { brokerTopic } from './partition-plan.ts';
import { threadProducer, type ThreadProducerOptions } from './thread-producer.ts';
import type { ThreadTasks } from './thread-tasks.ts';

export interface ThreadCommitsOptions extends ThreadProducerOptions {
  readonly tasks: ThreadTasks;
  readonly member: GroupMember;
  readonly metrics: ThreadMetrics;
  /** The thread is ending: nothing is begun any more. */
  readonly stopping: () => boolean;
}

/** The thread's producer, its commits, and what becomes of work that cannot be committed. */
export class ThreadCommits {
  readonly #options: ThreadCommitsOptions;
  readonly #exactlyOnce: boolean;
  #producer: Producer;
  #committedAt: number;
  /** The local state of the last commit, on its way to the disk. */
  #stored: Promise<void> = Promise.resolve();
  #unstored = false;

  constructor(options: ThreadCommitsOptions) {
    this.#options = options;
    this.#exactlyOnce = options.config.processingGuarantee === 'exactly_once_v2';
    this.#producer = threadProducer(options);
    this.#committedAt = options.config.clock.monotonic();
  }

  /** The one in use: another one after a {@link drop} at least once. */
  get producer(): Producer {
    return this.#producer;
  }

  /** To be awaited before anything is sent. */
  async begin(): Promise<void> {
    await this.#producer.init();
    if (this.#exactlyOnce) this.#producer.beginTransaction();
  }

  /** The commit interval begins now. */
  restartInterval(): void {
    this.#committedAt = this.#options.config.clock.monotonic();
  }

  get due(): boolean {
    if (this.#unstored) return true;
    const { tasks, config } = this.#options;
    const { clock, commitIntervalMs, uncommittedMaxBytes } = config;
    const due = clock.monotonic() - this.#committedAt >= commitIntervalMs;
    for (const task of tasks.active.values()) {
      if (!task.started) continue;
      if (task.commitRequested || (due && task.dirty) || task.state.uncommittedBytes > uncommittedMaxBytes) return true;
    }
    return false;
  }

  /**
   * The thread's commit. When the group has moved on already, the work since the last commit belongs to the next owner.
   * Local state may still be on its way to the disk then: see {@link stored}.
   */
  async commitOrDrop(): Promise<void> {
    const { tasks, metrics, config } = this.#options;
    await this.#stored;
    try {
      if ([...tasks.running()].some((task) => task.dirty)) await metrics.commit(this.#commit());
    } catch (error) {
      const moved =
        error instanceof StreamsError && (error.code === 'FENCED' || error.kafkaError === 'REBALANCE_IN_PROGRESS');
      if (!moved) throw error;
      config.logger.warn({ err: error.message }, 'the group moved on before this commit: its work is repeated');
      await this.drop();
    }
  }

  /** Resolves once the local state of the last commit is on disk. @throws STATE_WRITE_FAILED when it could not be written */
  stored(): Promise<void> {
    return this.#stored;
  }

  /** The coordinator has forgotten this member: what it did since the last commit is the next owner's to do again. */
  async drop(): Promise<void> {
    await this.#options.tasks.closeActive();
    // What could not be written is read from the changelog again.
    this.#stored = Promise.resolve();
    this.#unstored = false;
    if (this.#exactlyOnce) {
      await this.#producer.abortTransaction();
      this.#producer.beginTransaction();
      return;
    }
    // What waits in the producer must not follow what the next owner writes.
    await this.#producer.close();
    if (this.#options.stopping()) return;
    this.#producer = threadProducer(this.#options);
    await this.#producer.init();
  }

  async #commit(): Promise<void> {
    const { config, member } = this.#options;
    const tasks = [...this.#options.tasks.running()].filter((task) => task.dirty);
    await sendEverything(tasks);
    const commit = this.#exactlyOnce ? commitExactlyOnce : commitAtLeastOnce;
    const { stored } = await commit({
      tasks,
      producer: this.#producer,
      member,
      changelog: (store) => brokerTopic(config.applicationId, `${store}-changelog`, true),
    });
    this.#stored = stored;
    // The next commit waits for it and throws; it is due at once then.
    stored.catch(() => {
      if (this.#stored === stored) this.#unstored = true;
    });
    this.restartInterval();
  }
}
