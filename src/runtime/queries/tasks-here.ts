import type { StandbyStatus, TaskStatus } from '../app-status.ts';
import type { QueryableTask } from './queryable-task.ts';
import type { QueryPort } from './store-query.ts';

/** A thread with a loop of its own: what it tells of its tasks, and how it is asked. */
export interface QueriedWorker {
  readonly queries: QueryPort;
  readonly tasks: readonly Pick<TaskStatus, 'id' | 'stores' | 'restoreRemaining'>[];
  readonly standbys: readonly Pick<StandbyStatus, 'id' | 'stores' | 'lag'>[];
}

/** A task of this process that has a store. */
export interface TaskHere {
  readonly task: string;
  /** null: the task of the global stores. */
  readonly partition: number | null;
  readonly role: QueryableTask['role'];
  /** Whether its store may be read: that of an active task is restored. */
  readonly ready: boolean;
  /** Records of the changelog that its store lacks. */
  readonly lag: number;
  /** In a worker thread, which cannot be read at once. */
  readonly worker: boolean;
}

/** The tasks of all threads of a process that have a store. */
export function tasksHere(
  store: string,
  local: Iterable<QueryableTask>,
  workers: readonly QueriedWorker[],
): readonly TaskHere[] {
  const found: TaskHere[] = [];
  for (const task of local) {
    if (!task.stores.some(({ name }) => name === store)) continue;
    const { id, partition, role, ready } = task;
    found.push({ task: id, partition, role, ready, lag: task.lag(store), worker: false });
  }
  for (const { tasks, standbys } of workers) {
    for (const { id, stores, restoreRemaining } of tasks) {
      if (!stores.includes(store)) continue;
      const where = { task: id, partition: partitionOf(id), worker: true };
      found.push({ ...where, role: 'active', ready: restoreRemaining === 0, lag: 0 });
    }
    for (const { id, stores } of standbys) {
      const at = stores.find((each) => each.store === store);
      if (at === undefined) continue;
      found.push({ task: id, partition: partitionOf(id), role: 'standby', ready: true, lag: at.lag, worker: true });
    }
  }
  return found;
}

function partitionOf(task: string): number {
  return Number(task.slice(task.indexOf('_') + 1));
}
