import { StreamsError } from '../../core/errors.ts';
import { partitionName } from '../../core/record.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import type { TopologyPlan } from '../../topology/topology.ts';
import type { PartitionPlan } from '../partition-plan.ts';
import type { HostTasks } from './host-tasks.ts';

/** Who has a key (KIP-535): the host that writes its partition, and those that follow. */
export interface KeyQueryMetadata {
  readonly store: string;
  /** null: a global store, which every instance has. */
  readonly partition: number | null;
  /** `host:port`; null: nobody who can be asked. For a global store, this instance. */
  readonly activeHost: string | null;
  readonly standbyHosts: readonly string[];
}

/** What one instance has. */
export interface StreamsMetadata {
  /** Its `applicationServer`. */
  readonly host: string;
  /** Stores of which it has some partition, global ones too. */
  readonly stores: readonly string[];
  /** Partitions that its active tasks read, as `topic-partition`. */
  readonly topicPartitions: readonly string[];
  readonly standbyStores: readonly string[];
  readonly standbyTopicPartitions: readonly string[];
}

/** The group as its leader described it to this instance, at the last rebalance. */
export interface GroupView {
  readonly hosts: readonly HostTasks[];
  readonly partitionPlan: PartitionPlan;
}

/** How many partitions a store has; null: it is a global one. @throws STORE_UNKNOWN */
export function storePartitions(plan: TopologyPlan, { partitionPlan }: GroupView, store: string): number | null {
  const id = subTopologyOf(plan, store);
  if (id === null) return null;
  let count = 0;
  for (const { subTopology } of partitionPlan.tasks.values()) if (subTopology.id === id) count++;
  return count;
}

/** The hosts of one partition of a store. */
export function hostsOf(
  plan: TopologyPlan,
  { hosts }: GroupView,
  store: string,
  partition: number,
): Pick<KeyQueryMetadata, 'activeHost' | 'standbyHosts'> {
  const task = `${subTopologyOf(plan, store)}_${partition}`;
  return {
    activeHost: hosts.find(({ active }) => active.includes(task))?.host ?? null,
    standbyHosts: hosts.filter(({ standby }) => standby.includes(task)).map(({ host }) => host),
  };
}

/** Every instance that can be asked. */
export function groupMetadata(plan: TopologyPlan, { hosts, partitionPlan }: GroupView): StreamsMetadata[] {
  const globals = plan.globalStores.map(({ store }) => store.name);
  const storesOf = (tasks: readonly string[]): string[] => {
    const names = tasks.flatMap((id) => partitionPlan.tasks.get(id)?.subTopology.stores.map(({ name }) => name) ?? []);
    return [...new Set(names)].sort();
  };
  const topicsOf = (tasks: readonly string[]): string[] =>
    tasks
      .flatMap((id) => partitionPlan.tasks.get(id)?.sources ?? [])
      .map(({ topic, partition }) => partitionName(topic, partition));
  return hosts.map(({ host, active, standby }) => ({
    host,
    stores: [...storesOf(active), ...globals],
    topicPartitions: topicsOf(active),
    standbyStores: storesOf(standby),
    standbyTopicPartitions: topicsOf(standby),
  }));
}

/** null: a global store. @throws STORE_UNKNOWN */
export function subTopologyOf(plan: TopologyPlan, store: string): number | null {
  const found = plan.subTopologies.find(({ stores }) => stores.some(({ name }) => name === store));
  if (found !== undefined) return found.id;
  storeSpec(plan, store);
  return null;
}

/** @throws STORE_UNKNOWN */
export function storeSpec({ stores, globalStores }: TopologyPlan, name: string): StoreSpec {
  const globals = globalStores.map(({ store }) => store);
  const found = stores.get(name) ?? globals.find((store) => store.name === name);
  if (found !== undefined) return found;
  const known = [...stores.keys(), ...globals.map((store) => store.name)].join(', ') || 'none';
  throw new StreamsError('STORE_UNKNOWN', `the topology has no store ${name}; it has ${known}`);
}
