import { messageOf, StreamsError } from '../core/errors.ts';
import { lastWritten, localTasks, removeTaskFolder } from '../state/task-folders.ts';
import type { ResolvedConfig } from './config.ts';
import type { LockTask } from './threads/task-holds.ts';

export interface StateCleanupOptions {
  /** The application's state folder. */
  readonly dir: string;
  readonly config: Pick<ResolvedConfig, 'stateCleanupDelayMs' | 'clock' | 'logger'>;
  /** Locks a task's folder; not where a thread has it. */
  readonly lock?: LockTask;
  /** Tasks that are open here now. */
  readonly inUse: (taskId: string) => boolean;
}

/**
 * Removes the folders of tasks that live elsewhere now (Kafka Streams' `state.cleanup.delay.ms`). A folder goes when it was
 * not in use at any look for the delay, and was not written to either; a lock on it keeps out whoever opens it just then.
 */
export class StateCleanup {
  readonly #options: StateCleanupOptions;
  /** When a task was last seen in use, or first seen at all. */
  readonly #usedAt = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: StateCleanupOptions) {
    this.#options = options;
  }

  /** Looks each delay from now on. */
  start(): void {
    const { stateCleanupDelayMs } = this.#options.config;
    this.#note();
    this.#timer = setInterval(() => void this.look(), Math.max(1, stateCleanupDelayMs));
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Looks once; answers the tasks whose folders it removed. Never rejects. */
  async look(): Promise<string[]> {
    const { dir, config, inUse } = this.#options;
    const { stateCleanupDelayMs: delay, clock, logger } = config;
    const removed: string[] = [];
    try {
      for (const task of this.#note()) {
        const unused = clock.now() - Math.max(this.#usedAt.get(task) ?? 0, await lastWritten(dir, task));
        if (unused < delay || inUse(task)) continue;
        if (!(await this.#remove(task))) continue;
        removed.push(task);
        logger.info({ task, unusedMs: unused }, 'removed the local state of a task that is not assigned here');
      }
    } catch (error) {
      logger.warn({ err: messageOf(error) }, 'local state could not be looked over');
    }
    return removed;
  }

  /** Answers the tasks with folders here that are not in use. */
  #note(): string[] {
    const { dir, config, inUse } = this.#options;
    const now = config.clock.now();
    const tasks = localTasks(dir);
    for (const task of tasks) if (inUse(task) || !this.#usedAt.has(task)) this.#usedAt.set(task, now);
    for (const task of this.#usedAt.keys()) if (!tasks.includes(task)) this.#usedAt.delete(task);
    return tasks.filter((task) => !inUse(task));
  }

  async #remove(task: string): Promise<boolean> {
    const { dir, config, lock } = this.#options;
    try {
      await removeTaskFolder(dir, task, lock && ((folder) => lock(folder, 0)));
      return true;
    } catch (error) {
      // A standby, or a task of another thread.
      this.#usedAt.set(task, config.clock.now());
      const open = error instanceof StreamsError && error.code === 'STATE_DIR_LOCKED';
      if (!open) config.logger.warn({ task, err: messageOf(error) }, 'the local state of a task could not be removed');
      return false;
    }
  }
}
