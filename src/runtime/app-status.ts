import type { AppState } from './app-state.ts';
import type { StreamTask } from './stream-task.ts';
import type { ThreadState } from './stream-thread.ts';
import type { RepeatedFailure } from './threads/thread-failures.ts';

/** What an application is doing, for people, health checks and the summary. */
export interface AppStatus {
  readonly applicationId: string;
  readonly state: AppState;
  /** The last error of a thread, also after it was restarted. */
  readonly error: string | null;
  readonly restarts: number;
  /** Processing was stopped by `pause()`. */
  readonly paused: boolean;
  /** What ended threads more than once and not long ago: `topic-partition@offset` or a task. */
  readonly repeatedFailure: RepeatedFailure | null;
  readonly threads: readonly ThreadStatus[];
  /** Of all threads. */
  readonly tasks: readonly TaskStatus[];
}

export interface ThreadStatus {
  readonly name: string;
  readonly state: ThreadState;
  /** Ids of its tasks. */
  readonly tasks: readonly string[];
}

export interface TaskStatus {
  readonly id: string;
  readonly topics: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly position: number;
    readonly lag: number;
  }[];
  readonly lag: number;
  /** Since the task was started here. */
  readonly processed: number;
  readonly sent: number;
  readonly restored: number;
  readonly commits: number;
  /** Async calls in flight and open batches. */
  readonly inFlight: number;
  /** There is work that is not committed yet. */
  readonly uncommitted: boolean;
  readonly dropped: Readonly<Record<string, number>>;
  readonly stores: readonly string[];
}

export function taskStatus(task: StreamTask): TaskStatus {
  const { metrics } = task;
  const topics = task.queues.map(({ topic, partition, position, lag }) => ({ topic, partition, position, lag }));
  return {
    id: task.id,
    topics,
    lag: topics.reduce((sum, { lag }) => sum + lag, 0),
    processed: metrics.processed,
    sent: task.collector.sent,
    restored: metrics.restored,
    commits: metrics.commits,
    inFlight: task.asyncUnfinished,
    uncommitted: task.started && task.dirty,
    dropped: Object.fromEntries(metrics.drops),
    stores: task.subTopology.stores.map((store) => store.name),
  };
}
