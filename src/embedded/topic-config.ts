import { StreamsError } from '../core/errors.ts';

/** The topic settings that the embedded broker acts on; others are kept and ignored. */
export interface TopicConfig {
  readonly compact: boolean;
  readonly delete: boolean;
  /** -1: no limit. */
  readonly retentionBytes: number;
  readonly retentionMs: number;
  readonly maxMessageBytes: number;
  readonly deleteRetentionMs: number;
  readonly logAppendTime: boolean;
}

/** Kafka's topic settings (`TopicConfig`, 4.x). Those that {@link TopicConfig} does not name change nothing here. */
const KNOWN = new Set(
  `cleanup.policy compression.gzip.level compression.lz4.level compression.type compression.zstd.level delete.retention.ms
   file.delete.delay.ms flush.messages flush.ms follower.replication.throttled.replicas index.interval.bytes
   leader.replication.throttled.replicas local.retention.bytes local.retention.ms max.compaction.lag.ms max.message.bytes
   message.timestamp.after.max.ms message.timestamp.before.max.ms message.timestamp.type min.cleanable.dirty.ratio
   min.compaction.lag.ms min.insync.replicas preallocate remote.log.copy.disable remote.log.delete.on.disable
   remote.storage.enable retention.bytes retention.ms segment.bytes segment.index.bytes segment.jitter.ms segment.ms
   unclean.leader.election.enable`.split(/\s+/),
);

const INTEGER = /^-?\d+$/;

/**
 * Reads a topic's settings, with Kafka's defaults; except `retention.ms`, which is -1 here, since the records of samples
 * and tests carry old timestamps.
 * @throws CONFIG_INVALID
 */
export function parseTopicConfig(settings: Readonly<Record<string, string>>): TopicConfig {
  const integer = (name: string, byDefault: number): number => {
    const text = settings[name];
    if (text === undefined) return byDefault;
    if (!INTEGER.test(text)) throw new StreamsError('CONFIG_INVALID', `${name} is not a whole number: ${text}`);
    return Number(text);
  };
  const stranger = Object.keys(settings).find((name) => !KNOWN.has(name));
  if (stranger !== undefined) throw new StreamsError('CONFIG_INVALID', `Unknown topic config name: ${stranger}`);
  const policies = (settings['cleanup.policy'] ?? 'delete').split(',').map((policy) => policy.trim());
  const unknown = policies.find((policy) => policy !== 'compact' && policy !== 'delete');
  if (unknown !== undefined) {
    throw new StreamsError('CONFIG_INVALID', `cleanup.policy is neither compact nor delete: ${unknown}`);
  }
  return {
    compact: policies.includes('compact'),
    delete: policies.includes('delete'),
    retentionBytes: integer('retention.bytes', -1),
    retentionMs: integer('retention.ms', -1),
    maxMessageBytes: integer('max.message.bytes', 1_048_588),
    deleteRetentionMs: integer('delete.retention.ms', 86_400_000),
    logAppendTime: settings['message.timestamp.type'] === 'LogAppendTime',
  };
}
