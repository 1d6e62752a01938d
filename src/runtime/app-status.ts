import type { StoreSize } from '../state/store-sizes.ts';
import type { AppState } from './app-state.ts';
import type { StoreRestore } from './restore/changelog.ts';
import type { StandbyLag, StandbyTask } from './standby-task.ts';
import type { StreamTask } from './stream-task.ts';
import type { ThreadState } from './stream-thread.ts';
import type { UnopenedTask } from './task-openings.ts';
import type { UnmetCondition } from './threads/app-thread.ts';
import type { RepeatedFailure } from './threads/thread-failures.ts';
import type { ThreadSet } from './threads/thread-set.ts';

/** What an application is doing, for people, health checks and the summary. */
export interface AppStatus {
  readonly applicationId: string;
  readonly state: AppState;
  /** The last error of a thread, also after it was restarted. */
  readonly error: string | null;
  readonly restarts: number;
  /** Records between the positions and the ends, over all partitions, as far as is known. */
  readonly lag: number;
  /** Processing was stopped by `pause()`. */
  readonly paused: boolean;
  /** What ended threads more than once and not long ago: `topic-partition@offset` or a task. */
  readonly repeatedFailure: RepeatedFailure | null;
  readonly threads: readonly ThreadStatus[];
  /** Of all threads. */
  readonly tasks: readonly TaskStatus[];
  /** Copies of tasks that run elsewhere, of all threads. */
  readonly standbys: readonly StandbyStatus[];
  /** Tasks that are assigned here and could not be opened yet, of all threads: each is tried again. */
  readonly unopened: readonly UnopenedTask[];
}

export interface StandbyStatus {
  /** Id of the task that it is a copy of. */
  readonly id: string;
  /** Changelog offsets that it is behind, over all stores; null while that is not known. */
  readonly lag: number | null;
  /** Those whose changelogs' ends are known. */
  readonly stores: readonly StandbyLag[];
  /** What each of its stores takes. */
  readonly sizes: readonly StoreSize[];
}

export interface ThreadStatus {
  readonly name: string;
  readonly state: ThreadState;
  /** Ids of its tasks. */
  readonly tasks: readonly string[];
  /** Conditions of readiness of its own that are not met: of a worker thread's circuit breakers and credentials. */
  readonly unready: readonly UnmetCondition[];
}

export interface TaskStatus {
  readonly id: string;
  readonly topics: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly position: number;
    /** Where the last commit of this task put the group; null before the first. */
    readonly committed: number | null;
    readonly lag: number;
  }[];
  readonly lag: number;
  /** What of the lag waits for its time, as records of retry buckets do. */
  readonly delayed: number;
  /** Records of retry buckets wait, due or not, until the input is less far behind (`pauseAboveLag`). */
  readonly retriesPaused: boolean;
  /** Since the task was started here. */
  readonly processed: number;
  readonly sent: number;
  readonly restored: number;
  /** Changelog offsets to read before it runs, as far as is known. */
  readonly restoreRemaining: number;
  /** The stores whose changelogs are being read. */
  readonly restoring: readonly StoreRestore[];
  readonly commits: number;
  /** Async calls in flight and open batches. */
  readonly inFlight: number;
  /** There is work that is not committed yet. */
  readonly uncommitted: boolean;
  readonly dropped: Readonly<Record<string, number>>;
  readonly stores: readonly string[];
  /** What each of them takes. */
  readonly sizes: readonly StoreSize[];
}

/** Puts together what the application says of itself and what its threads do. */
export function appStatus(
  app: Pick<AppStatus, 'applicationId' | 'state' | 'error' | 'restarts'>,
  { threads, paused, repeated }: Pick<ThreadSet, 'threads' | 'paused' | 'repeated'>,
): AppStatus {
  const tasks = threads.flatMap((thread) => thread.tasks);
  return {
    ...app,
    lag: tasks.reduce((sum, task) => sum + task.lag, 0),
    paused,
    repeatedFailure: repeated,
    threads: threads.map(({ name, state, tasks: own, unready }) => ({
      name,
      state,
      tasks: own.map(({ id }) => id),
      unready,
    })),
    tasks,
    standbys: threads.flatMap((thread) => thread.standbys),
    unopened: threads.flatMap((thread) => thread.unopened),
  };
}

export function standbyStatus({ id, lag, lags, state }: StandbyTask): StandbyStatus {
  return { id, lag: lag === Infinity ? null : lag, stores: lags, sizes: state.sizes };
}

export function taskStatus(task: StreamTask): TaskStatus {
  const { metrics } = task;
  const topics = task.queues.map(({ topic, partition, position, lag }) => {
    const committed = task.committedOffsets.find((it) => it.topic === topic && it.partition === partition);
    return { topic, partition, position, committed: committed?.offset ?? null, lag };
  });
  return {
    id: task.id,
    topics,
    lag: topics.reduce((sum, { lag }) => sum + lag, 0),
    delayed: task.delayed.waiting,
    retriesPaused: task.delayed.paused,
    processed: metrics.processed,
    sent: task.collector.sent,
    restored: metrics.restored,
    restoreRemaining: metrics.restoreRemaining(),
    restoring: metrics.restoring(),
    commits: metrics.commits,
    inFlight: task.asyncUnfinished,
    uncommitted: task.started && task.dirty,
    dropped: Object.fromEntries(metrics.drops),
    stores: task.subTopology.stores.map((store) => store.name),
    sizes: task.state.sizes,
  };
}
