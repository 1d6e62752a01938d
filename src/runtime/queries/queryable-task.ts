import type { StoreSpec } from '../../state/store-spec.ts';
import type { StateStore } from '../../state/store.ts';
import type { StandbyLag, StandbyTask } from '../standby-task.ts';
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
  readonly standbys: ReadonlyMap<string, StandbyTask>;
}

export function* queryableTasks(
  { global, tasks, standbys }: TaskHolder,
  changelog: (store: StoreSpec) => string,
): Generator<QueryableTask> {
  if (global !== null) yield activeTask(global);
  for (const task of tasks.values()) yield activeTask(task);
  for (const standby of standbys.values()) yield standbyTask(standby, changelog);
}

/** Its position is that in the changelogs: which input made them is not in there. */
function standbyTask(standby: StandbyTask, changelog: (store: StoreSpec) => string): QueryableTask {
  const { id, partition, subTopology } = standby;
  const lagOf = (name: string): StandbyLag | undefined => standby.lags.find(({ store }) => store === name);
  return {
    id,
    partition,
    role: 'standby',
    ready: true,
    stores: subTopology.stores,
    store: (name) => standby.store(name),
    lag: (name) => lagOf(name)?.lag ?? Number.MAX_SAFE_INTEGER,
    position: (name) => {
      const [lag, spec] = [lagOf(name), subTopology.stores.find((store) => store.name === name)];
      return lag === undefined || spec === undefined ? {} : { [changelog(spec)]: { [partition]: lag.position - 1 } };
    },
  };
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
