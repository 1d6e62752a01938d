import type { ReadinessAnswer } from '../observe/health.ts';
import type { AppStatus, TaskStatus } from './app-status.ts';
import type { ResolvedConfig } from './config.ts';

export interface AppHealthOptions {
  readonly config: Pick<ResolvedConfig, 'clock' | 'maxPollIntervalMs' | 'stuckAfterMs'>;
  readonly status: () => AppStatus;
  readonly connected: () => boolean;
  /** When the loop of the thread that runs began its last turn (monotone ms); null while none runs. */
  readonly loopAt: () => number | null;
}

/** Whether an application may be relied on, and why not. */
export class AppHealth {
  readonly #options: AppHealthOptions;
  /** Where a task stood when it was seen to move. */
  readonly #progress = new Map<string, { readonly mark: string; readonly at: number }>();

  constructor(options: AppHealthOptions) {
    this.#options = options;
  }

  /**
   * May work be sent here? Not while it rebalances or restores, cannot open or move a task, cannot reach a broker, or a
   * worker thread's own conditions are not met.
   */
  ready(): ReadinessAnswer {
    const status = this.#options.status();
    const stuck = this.#stuck(status.tasks);
    if (status.state !== 'RUNNING') return no(notRunning(status));
    if (!this.#options.connected()) return no('no broker answers');
    if (stuck) {
      const seconds = Math.round(stuck.forMs / 1_000);
      return no(`task ${stuck.task.id} has not moved for ${seconds} s, and is ${stuck.task.lag} records behind`);
    }
    const unready = status.threads.flatMap((thread) =>
      thread.unready.map((unmet) => ({ ...unmet, thread: thread.name })),
    );
    if (unready[0]) return no(`${unready[0].name}: ${unready[0].reason} (${unready[0].thread})`);
    return { ready: true };
  }

  /** Should the process be restarted? When it has given up, or its loop does not come round. */
  live(): ReadinessAnswer {
    const { status, loopAt, config } = this.#options;
    const { state, error } = status();
    if (state === 'ERROR') return no(error ?? 'the application failed');
    const at = loopAt();
    const standing = at === null ? 0 : config.clock.monotonic() - at;
    if (standing <= config.maxPollIntervalMs) return { ready: true };
    return no(`the stream thread has stood still for ${Math.round(standing / 1_000)} s`);
  }

  #stuck(tasks: readonly TaskStatus[]): { readonly task: TaskStatus; readonly forMs: number } | null {
    const { clock, stuckAfterMs } = this.#options.config;
    const now = clock.monotonic();
    const ids = new Set(tasks.map(({ id }) => id));
    for (const id of this.#progress.keys()) if (!ids.has(id)) this.#progress.delete(id);
    let worst: { readonly task: TaskStatus; readonly forMs: number } | null = null;
    for (const task of tasks) {
      const mark = task.topics.map(({ position }) => position).join();
      const known = this.#progress.get(task.id);
      // Records that wait for their time, such as those of retry buckets, are no lag that could shrink.
      const moves = known?.mark !== mark || task.lag <= task.delayed || task.restoreRemaining > 0;
      if (moves || !known) this.#progress.set(task.id, { mark, at: now });
      else if (now - known.at >= stuckAfterMs && now - known.at > (worst?.forMs ?? -1)) {
        worst = { task, forMs: now - known.at };
      }
    }
    return worst;
  }
}

function notRunning({ state, tasks, error, repeatedFailure, unopened }: AppStatus): string {
  if (state !== 'REBALANCING') return `the application is ${state}`;
  const closed = unopened.find(({ standby }) => !standby);
  if (closed) {
    return `task ${closed.id} cannot be opened for ${Math.round(closed.forMs / 1_000)} s, it is tried again: ${closed.error}`;
  }
  if (repeatedFailure) return `threads ended at ${repeatedFailure.place} ${repeatedFailure.times} times: ${error}`;
  const restoring = tasks.filter(({ restoreRemaining }) => restoreRemaining > 0);
  if (restoring.length > 0) {
    const left = restoring.reduce((sum, { restoreRemaining }) => sum + restoreRemaining, 0);
    return `restoring ${restoring.length} of ${tasks.length} tasks, ${left} changelog offsets left`;
  }
  return error === null ? 'rebalancing' : `starting again after a failure: ${error}`;
}

function no(reason: string): ReadinessAnswer {
  return { ready: false, reason };
}
