import type { StateStore } from '../state/store.ts';
import type { TaskState } from '../state/task-state.ts';
import type { SubTopology } from '../topology/topology.ts';
import type { ChangelogReading } from './restore/changelog.ts';

export interface StandbyTaskOptions {
  readonly id: string;
  readonly partition: number;
  readonly subTopology: SubTopology;
  readonly state: TaskState;
  /** How far the task's changelogs have been read. */
  readonly readings: () => readonly ChangelogReading[];
}

/** How current a standby's store is. */
export interface StandbyLag {
  readonly store: string;
  /** The next changelog offset to read: everything below is in the store. */
  readonly position: number;
  /** The changelog's end, as last seen. */
  readonly end: number;
  /** Offsets between the two: an upper bound of the records that the store lacks. */
  readonly lag: number;
}

/**
 * A copy of a task's stores, kept current from their changelogs: committed records only, each batch on disk with its
 * position. It never processes. Becomes the active task, and the active task becomes it, with the stores left open.
 */
export class StandbyTask {
  readonly id: string;
  readonly partition: number;
  readonly subTopology: SubTopology;
  readonly state: TaskState;
  readonly #options: StandbyTaskOptions;
  /** Changelog records put into its stores since it stands by here. */
  updated = 0;

  constructor(options: StandbyTaskOptions) {
    this.id = options.id;
    this.partition = options.partition;
    this.subTopology = options.subTopology;
    this.state = options.state;
    this.#options = options;
  }

  /** A store to read; its content is that of the changelog up to {@link lags}' position. @throws STORE_UNKNOWN */
  store<S extends StateStore = StateStore>(name: string): S {
    return this.state.store<S>(name);
  }

  /** For each store; empty until the ends of the changelogs are known. */
  get lags(): readonly StandbyLag[] {
    return this.#options
      .readings()
      .map(({ store, position, end }) => ({ store, position, end, lag: Math.max(0, end - position) }));
  }

  /** Over all stores; Infinity while it is not known. */
  get lag(): number {
    const { lags } = this;
    const logged = this.subTopology.stores.filter((store) => store.logged).length;
    return lags.length < logged ? Infinity : lags.reduce((sum, { lag }) => sum + lag, 0);
  }
}
