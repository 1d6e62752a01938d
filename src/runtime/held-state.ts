import { systemClock } from '../core/clock.ts';
import type { TaskState, TaskStateOptions } from '../state/task-state.ts';

/** What the stores of a task call back while it owns them. */
export type StateOwner = Pick<TaskStateOptions, 'changelog' | 'recordTimestamp' | 'expired'>;

/** Open stores that may pass from one owner to the next: from a standby to the active task, and back. */
export interface HeldState {
  readonly state: TaskState;
  /** From now on the stores call this owner. */
  own(owner: StateOwner): void;
}

/** Nobody processes: a store that is only read into logs nothing. */
export const NO_OWNER: StateOwner = { changelog: null };

/** Opens stores whose owner may change. */
export async function holdState(
  options: TaskStateOptions,
  open: (options: TaskStateOptions) => Promise<TaskState>,
): Promise<HeldState> {
  let { changelog, recordTimestamp, expired }: StateOwner = options;
  const state = await open({
    ...options,
    changelog: {
      log: (store, key, value, timestamp, headers) => changelog?.log(store, key, value, timestamp, headers),
    },
    recordTimestamp: () => recordTimestamp?.() ?? systemClock.now(),
    expired: (store) => expired?.(store),
  });
  return {
    state,
    own: (owner) => {
      ({ changelog, recordTimestamp, expired } = owner);
    },
  };
}
