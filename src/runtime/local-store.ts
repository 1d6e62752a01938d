import { StreamsError } from '../core/errors.ts';
import type { ReadOnlyKeyValueStore, ReadOnlyWindowStore, StateStore, VersionedKeyValueStore } from '../state/store.ts';
import type { TopologyPlan } from '../topology/topology.ts';
import type { AppState } from './app-state.ts';
import { queryKeyValue, queryVersioned, queryWindow } from './queryable-store.ts';
import type { StreamThread } from './stream-thread.ts';

export interface LocalStoreOptions {
  readonly name: string;
  readonly plan: TopologyPlan;
  readonly state: () => AppState;
  /** Those of this event loop. */
  readonly threads: () => readonly StreamThread[];
}

/** A read-only view over a store of all tasks in this event loop. @throws STORE_UNKNOWN, STORE_CLOSED */
export function localStore({ name, plan, state, threads }: LocalStoreOptions): StateStore {
  const global = plan.globalStores.find(({ store }) => store.name === name)?.store;
  const spec = plan.stores.get(name) ?? global;
  if (!spec) {
    const known = [...plan.stores.keys(), ...plan.globalStores.map(({ store }) => store.name)].join(', ') || 'none';
    throw new StreamsError('STORE_UNKNOWN', `the topology has no store ${name}; it has ${known}`);
  }
  const stores = (): StateStore[] => {
    if (state() !== 'RUNNING') throw new StreamsError('STORE_CLOSED', `the application is ${state()}, not RUNNING`);
    const tasks = threads().flatMap((thread) => (global ? [thread.global] : [...thread.tasks.values()]));
    return tasks
      .filter((task) => task !== null)
      .filter((task) => task.subTopology.stores.some((store) => store.name === name))
      .map((task) => task.state.store(name));
  };
  stores();
  return spec.kind === 'timestampedWindow'
    ? queryWindow(name, () => stores() as ReadOnlyWindowStore<unknown, unknown>[])
    : spec.kind === 'versioned'
      ? queryVersioned(name, () => stores() as VersionedKeyValueStore<unknown, unknown>[])
      : queryKeyValue(name, () => stores() as ReadOnlyKeyValueStore<unknown, unknown>[]);
}
