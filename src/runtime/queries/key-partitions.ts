import { partitionOf } from '../../kafka/wire/murmur2.ts';
import type { StreamPartitioner, TopologyPlan } from '../../topology/topology.ts';

/** Says in which partition a key is, where the topology cannot know. */
export type KeyPartitioner<K> = (key: K, partitions: number) => number;

export interface KeyPlace<K> {
  readonly plan: TopologyPlan;
  readonly store: string;
  readonly partitions: number;
  readonly key: K;
  readonly keyBytes: Buffer;
  /** Overrides what the topology knows. */
  readonly partitioner: KeyPartitioner<K> | null;
}

/**
 * The partition of a key: by the partitioner of the repartition topic before the store, or by murmur2 of the key's bytes.
 * null where that says nothing: the key's bytes depend on the topic (a schema id is in them), or the partitioner wants more
 * than the key.
 */
export function homePartition<K>({ plan, store, partitions, key, keyBytes, partitioner }: KeyPlace<K>): number | null {
  if (partitioner !== null) return partitioner(key, partitions);
  for (const { topic, choose } of partitionersBefore(plan, store)) {
    try {
      const chosen = choose(topic, key, null, partitions);
      if (chosen !== null) return chosen;
    } catch {
      return null;
    }
  }
  return plan.stores.get(store)?.key.prepare === undefined ? partitionOf(keyBytes, partitions) : null;
}

/**
 * The partitions to look for a key in, the likeliest first. A store of a processor of the application's own may have keys
 * that are not those of its records: then a key can be anywhere.
 */
export function keyPartitions<K>(place: KeyPlace<K>): number[] {
  const home = homePartition(place);
  const all = everyOne(place.partitions);
  if (home === null) return all;
  const elsewhere = place.partitioner === null && place.plan.stores.get(place.store)?.kind === 'keyValue';
  return elsewhere ? [home, ...all.filter((partition) => partition !== home)] : [home];
}

function partitionersBefore(
  { subTopologies }: TopologyPlan,
  store: string,
): { readonly topic: string; readonly choose: StreamPartitioner }[] {
  const owner = subTopologies.find(({ stores }) => stores.some(({ name }) => name === store));
  const read = new Set(owner?.sources.filter(({ internal }) => internal).flatMap(({ topics }) => topics));
  return subTopologies
    .flatMap(({ sinks }) => sinks)
    .flatMap(({ topic, internal, partitioner }) =>
      typeof topic === 'string' && internal && partitioner !== null && read.has(topic)
        ? [{ topic, choose: partitioner }]
        : [],
    );
}

export function everyOne(partitions: number): number[] {
  return Array.from({ length: partitions }, (_none, partition) => partition);
}
