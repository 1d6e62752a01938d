import { z } from 'zod';

import { resolveConfig, type ResolvedConfig } from '../../runtime/config.ts';

const ms = z.number().int().min(0);
const bytes = z.number().int().min(0);
const count = z.number().int().min(0);
const text = z.string().min(1);
const verdict = z.enum(['fail', 'continue', 'deadLetter', 'retry']);

const defaults = resolveConfig({ applicationId: 'defaults', kafka: { brokers: [] } });

/** A setting whose default is that of the runtime. */
const withDefault = <S extends z.ZodType>(key: keyof ResolvedConfig, schema: S, description: string) =>
  schema.exactOptional().meta({ description, default: defaults[key] });
const without = <S extends z.ZodType>(schema: S, description: string) => schema.exactOptional().meta({ description });

/** What `StreamsConfig` has in common for all stages, as far as it can be written in a file. */
export const streamsSchema = z.strictObject({
  stateDir: without(text, 'Folder of local state; default `<dataDir>/state`. One process at a time'),
  processingGuarantee: withDefault(
    'processingGuarantee',
    z.enum(['at_least_once', 'exactly_once_v2']),
    'After a crash output may repeat, or not (Kafka transactions; readers need `read_committed`)',
  ),
  transactionTimeoutMs: withDefault(
    'transactionTimeoutMs',
    ms,
    'Exactly once: how long the broker keeps a transaction open without a commit',
  ),
  commitIntervalMs: withDefault(
    'commitIntervalMs',
    ms,
    'How often positions and state are committed; 100 with `exactly_once_v2`, 1000 in the stages of claimx and xact',
  ),
  cacheMaxBytes: withDefault('cacheMaxBytes', bytes, 'Write-back caches of a stage; 0: every update goes downstream'),
  storeMemoryMaxBytes: withDefault(
    'storeMemoryMaxBytes',
    bytes,
    'What the databases under the stores of a stage keep in memory',
  ),
  inputBufferMaxBytes: withDefault('inputBufferMaxBytes', bytes, 'Fetched records of a stage that wait'),
  maxTaskIdleMs: withDefault(
    'maxTaskIdleMs',
    z.number().int().min(-1),
    'How long a task with an empty partition waits for more than is known to be there; -1: never (KIP-695)',
  ),
  offsetReset: withDefault(
    'offsetReset',
    z.enum(['earliest', 'latest']),
    'Where a partition without a committed offset begins',
  ),
  lostOffset: withDefault(
    'lostOffset',
    z.enum(['fail', 'earliest', 'latest']),
    'When the committed offset is no longer on the broker: records were deleted before they were processed',
  ),
  replicationFactor: withDefault(
    'replicationFactor',
    z.number().int().min(-1),
    "Of internal topics; -1: the broker's default",
  ),
  sessionTimeoutMs: withDefault(
    'sessionTimeoutMs',
    ms,
    'After so long without a sign of life the tasks of a member go to others',
  ),
  heartbeatIntervalMs: withDefault('heartbeatIntervalMs', ms, 'How often a member gives that sign'),
  maxPollIntervalMs: withDefault(
    'maxPollIntervalMs',
    ms,
    'Longest pause between two turns of a thread before the group gives its tasks to others, and `/health/live` fails',
  ),
  repartitionPurgeIntervalMs: withDefault(
    'repartitionPurgeIntervalMs',
    ms,
    'Committed records of repartition, sink and retry topics are deleted at most this often (KIP-811)',
  ),
  stateCleanupDelayMs: withDefault(
    'stateCleanupDelayMs',
    ms,
    'Folders of tasks that went elsewhere are removed after this long',
  ),
  stuckAfterMs: withDefault(
    'stuckAfterMs',
    ms,
    'A task that is behind and has not moved for this long makes the process not ready',
  ),
  metricsRecordingLevel: withDefault(
    'metricsRecordingLevel',
    z.enum(['info', 'debug']),
    '`debug` also measures each node and each access to a store, which costs time',
  ),
  groupInstanceId: without(
    text,
    'Static membership: a restart within the session time-out moves no task (KIP-345). Unique in the group',
  ),
  applicationServer: without(
    z.string().regex(/^\S+:\d+$/, 'expected host:port'),
    'Where other instances can ask this one for what its stores hold; default, with `health.queries`: where it serves',
  ),
  numStandbyReplicas: withDefault(
    'numStandbyReplicas',
    count,
    'Copies of the stores of each task that other processes keep current',
  ),
  acceptableRecoveryLag: withDefault(
    'acceptableRecoveryLag',
    count,
    'A member whose stores lack at most so many changelog records may run a task at once (KIP-441)',
  ),
  maxWarmupReplicas: withDefault(
    'maxWarmupReplicas',
    z.number().int().min(1),
    'Tasks of the application that are restored elsewhere while they run (KIP-441)',
  ),
  probingRebalanceIntervalMs: withDefault(
    'probingRebalanceIntervalMs',
    ms,
    'How soon it is looked whether they may take over (KIP-441)',
  ),
  clientTags: withDefault(
    'clientTags',
    z.record(text, text),
    'What tells this process from others, such as `{ zone: a }` (KIP-708)',
  ),
  rackAwareAssignmentTags: withDefault(
    'rackAwareAssignmentTags',
    z.array(text),
    'The tags in which a standby should differ from the active task (KIP-708)',
  ),
  rack: without(text, 'Short for the client tag `rack`, with standbys spread over racks'),
  restoreBufferMaxBytes: withDefault(
    'restoreBufferMaxBytes',
    bytes,
    'Fetched changelog records of a stage that wait to be put into stores',
  ),
  numStreamThreads: withDefault(
    'numStreamThreads',
    z.number().int().min(1),
    'Threads of each stage; the budgets in bytes are shared out among them',
  ),
  taskTimeoutMs: withDefault(
    'taskTimeoutMs',
    ms,
    'How long a step of one task may fail for passing reasons (KIP-572); then TASK_TIMEOUT',
  ),
  lingerMs: withDefault('lingerMs', ms, 'How long a record may wait for others in its batch'),
  compression: withDefault('compression', z.enum(['none', 'gzip', 'snappy', 'lz4', 'zstd']), 'Of what is produced'),
  sinkBufferMaxBytes: withDefault(
    'sinkBufferMaxBytes',
    bytes,
    'Rows that wait for a table, for each task; above, the task takes no input',
  ),
  uncommittedMaxBytes: withDefault(
    'uncommittedMaxBytes',
    bytes,
    'Writes to stores since the last commit, for each task; above, it commits early',
  ),
  deserializationHandler: withDefault('deserializationHandler', verdict, 'Records whose bytes do not fit their serde'),
  processingHandler: withDefault('processingHandler', verdict, 'Records at which a function of the application threw'),
  productionHandler: withDefault('productionHandler', verdict, 'Records that could not be serialised or are too large'),
  deadLetterTopic: without(text, 'Where these go when a handler says `deadLetter`'),
});
