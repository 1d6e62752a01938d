import type { Clock } from '../core/clock.ts';
import { StreamsError } from '../core/errors.ts';
import type { Logger } from '../observe/logger.ts';

export interface TaskRetriesOptions {
  readonly taskId: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 30_000;

/**
 * Repeats steps of one task that fail for passing reasons, with back-off, up to the task's time-out (KIP-572). It is the
 * task that waits: others go on.
 */
export class TaskRetries {
  readonly #options: TaskRetriesOptions;
  readonly #endBackoff = new Set<() => void>();
  #closed = false;

  constructor(options: TaskRetriesOptions) {
    this.#options = options;
  }

  /** @throws TASK_TIMEOUT with its cause; at once what may not pass; when closed, the failure of the attempt that runs */
  async run(what: string, step: () => Promise<void>): Promise<void> {
    const { taskId, timeoutMs, clock, logger } = this.#options;
    const begun = clock.monotonic();
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS)) {
      try {
        await step();
        return;
      } catch (error) {
        if (this.#closed || !(error instanceof StreamsError && error.retriable)) throw error;
        const left = timeoutMs - (clock.monotonic() - begun);
        if (left <= 0) throw taskTimeout(what, taskId, timeoutMs, error);
        logger.warn({ task: taskId, err: error.message, backoffMs }, `${what} failed, trying again`);
        await this.#pause(Math.min(backoffMs * (0.5 + Math.random() / 2), left));
        if (this.#closed) throw error;
      }
    }
  }

  /** Nothing is tried again from now on. */
  close(): void {
    this.#closed = true;
    for (const end of this.#endBackoff) end();
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#endBackoff.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#endBackoff.add(end);
    });
  }
}

export function taskTimeout(what: string, task: string, timeoutMs: number, cause: StreamsError): StreamsError {
  return new StreamsError('TASK_TIMEOUT', `${what} failed for ${timeoutMs} ms (taskTimeoutMs): ${cause.message}`, {
    ...cause.coordinates,
    task,
    cause,
  });
}
