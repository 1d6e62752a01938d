import type { StoreSpec } from '../../state/store-spec.ts';
import type { InternalTopic } from '../topology.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
// What Kafka Streams sets on each internal topic: the time of a record is the one its writer gave it.
const COMMON = { 'message.timestamp.type': 'CreateTime' } as const;

/** A topic between two sub-topologies: small segments, since the runtime deletes what was processed. */
export function transitTopic(name: string, kind: 'repartition' | 'sink', partitions: number | null): InternalTopic {
  const config = { ...COMMON, 'cleanup.policy': 'delete', 'retention.ms': '-1', 'segment.bytes': '52428800' };
  return { name, kind, partitions, config: Object.freeze(config), store: null };
}

/** The bucket of a retry: kept until it was read; small segments, so that what was read goes soon. */
export function retryTopic(name: string): InternalTopic {
  const config = { ...COMMON, 'cleanup.policy': 'delete', 'retention.ms': '-1', 'segment.bytes': '52428800' };
  return { name, kind: 'retry', partitions: null, config: Object.freeze(config), store: null };
}

/**
 * The changelog of a store: compacted; for windows also deleted, a day after the store forgets them. Records of joined
 * streams are never written twice, so theirs is only deleted.
 */
export function changelogTopic(store: StoreSpec): InternalTopic {
  const windowed = store.kind === 'timestampedWindow' || store.kind === 'session';
  const config = windowed
    ? {
        'cleanup.policy': store.retainDuplicates === true ? 'delete' : 'compact,delete',
        'retention.ms': String((store.retentionMs ?? 0) + DAY_MS),
      }
    : store.kind === 'versioned'
      ? { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': String((store.retentionMs ?? 0) + DAY_MS) }
      : { 'cleanup.policy': 'compact' };
  return {
    name: `${store.name}-changelog`,
    kind: 'changelog',
    partitions: null,
    config: Object.freeze({ ...COMMON, ...config, ...store.logConfig }),
    store: store.name,
  };
}
