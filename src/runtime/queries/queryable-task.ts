import type { StoreSpec } from '../../state/store-spec.ts';
import type { StateStore } from '../../state/store.ts';
import type { StreamTask } from '../stream-task.ts';
import type { Position } from './position.ts';

/** What a query needs of a task, whether it processes records or only follows one that does. */
export interface QueryableTask {
  readonly id: string;
  /** null: the task of the global stores. */
  readonly partition: number | null;
  readonly role: 'active' | 'standby';
  /** Whether its stores may be read: those of an active task are restored. */
  readonly ready: boolean;
  readonly stores: readonly StoreSpec[];
  store(name: string): StateStore;
  /** Records of the changelog that its store lacks, as far as it knows; 0 for an active task. */
  lag(name: string): number;
  position(name: string): Position;
}

/** What a thread has to be read. */
export interface TaskHolder {
  /** The task of the global stores, once they are loaded. */
  readonly global: StreamTask | null;
  readonly tasks: ReadonlyMap<string, StreamTask>;
}

export function* queryableTasks({ global, tasks }: TaskHolder): Generator<QueryableTask> {
  if (global !== null) yield activeTask(global);
  for (const task of tasks.values()) yield activeTask(task);
}

export function activeTask(task: StreamTask): QueryableTask {
  return {
    id: task.id,
    partition: task.subTopology.id < 0 ? null : task.partition,
    role: 'active',
    ready: task.started,
    stores: task.subTopology.stores,
    store: (name) => task.state.store(name),
    lag: () => 0,
    position: () => {
      const position: Record<string, Record<string, number>> = {};
      for (const { topic, partition, offset } of task.consumed()) {
        (position[topic] ??= {})[partition] = offset - 1;
      }
      return position;
    },
  };
}
