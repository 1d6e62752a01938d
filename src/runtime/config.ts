import { type Clock, systemClock } from '../core/clock.ts';
import { type Coordinates, StreamsError } from '../core/errors.ts';
import type { SchemaRegistry } from '../core/serde.ts';
import type { Tracing } from '../core/tracing.ts';
import type { Verdict } from '../core/verdicts.ts';
import type { Compression, KafkaClient } from '../kafka/client.ts';
import type { KafkaOptions } from '../kafka/options.ts';
import { type Logger, silentLogger } from '../observe/logger.ts';
import { createMetricsRegistry, type MetricsRegistry } from '../observe/metrics.ts';
import type { StateRestoreListener } from './restore/state-restore-listener.ts';
import type { ThreadModule } from './threads/thread-module.ts';
import { defaultAnswer, type UncaughtExceptionHandler } from './uncaught-exception.ts';

export type ProcessingGuarantee = 'at_least_once' | 'exactly_once_v2';

export type MetricsRecordingLevel = 'info' | 'debug';

/** Answers for each fault; a constant answer may be given in place of a function. */
export type FaultHandler = Verdict | ((fault: Fault) => Verdict);

/** What a handler is told. The record's content is not in it; the coordinates say where it is. */
export interface Fault extends Coordinates {
  readonly error: unknown;
  readonly timestamp: number;
}

/** Settings of one {@link StreamsApp}. Names are Kafka Streams', in camel case, with the unit in the name. */
export interface StreamsConfig {
  /** Kafka's consumer group, the prefix of internal topics, the folder of the state. */
  readonly applicationId: string;
  /**
   * How to reach the cluster, or a client that is already there (an embedded broker, a test). A client does not cross
   * threads: `remote` says how worker threads reach the same cluster.
   */
  readonly kafka: KafkaOptions | { readonly client: KafkaClient; readonly remote?: KafkaOptions };
  /** For Avro serdes. Default none. */
  readonly registry?: SchemaRegistry | null;
  /** Folder of local state (default `.topology-streams/state` in the working folder). One process at a time. */
  readonly stateDir?: string;
  /**
   * `at_least_once` (default): nothing is lost, and a crash may repeat output. `exactly_once_v2`: output, state and
   * positions are committed in one transaction (KIP-447); readers need `read_committed`. Effects outside Kafka are
   * exactly once where an external sink keeps the position, as Delta tables do.
   */
  readonly processingGuarantee?: ProcessingGuarantee;
  /** Exactly once: how long the broker keeps a transaction open without a commit (default 10,000 ms). */
  readonly transactionTimeoutMs?: number;
  /** Default 30,000 ms; 100 ms with `exactly_once_v2`, since readers see output at commits only. */
  readonly commitIntervalMs?: number;
  /** Write-back caches over all tasks (default 10 MiB). 0: every update goes downstream. */
  readonly cacheMaxBytes?: number;
  /**
   * What the databases under persistent stores keep in memory, over all tasks and standbys: write buffers and blocks that
   * were read (default 256 MiB). Shared out equally; a task uses 256 KiB at least and 16 MiB at most.
   */
  readonly storeMemoryMaxBytes?: number;
  /**
   * Fetched records that wait for processing, over all tasks (default 64 MiB), shared out equally among their partitions. A
   * partition may hold one whole batch of the producer above its share.
   */
  readonly inputBufferMaxBytes?: number;
  /** How long a task with an empty partition waits for more than is known to be there (default 0; -1: never wait). KIP-695. */
  readonly maxTaskIdleMs?: number;
  /** Where a partition without a committed offset begins (default `earliest`). */
  readonly offsetReset?: 'earliest' | 'latest';
  /**
   * When a committed offset is no longer on the broker (default `fail`: whoever runs the application decides, since
   * records were deleted before they were processed).
   */
  readonly lostOffset?: 'fail' | 'earliest' | 'latest';
  /** Of internal topics (default -1: the broker's). */
  readonly replicationFactor?: number;
  /** Default 45,000 ms. */
  readonly sessionTimeoutMs?: number;
  /**
   * Default 1,000 ms (Kafka Streams: 3,000 ms). In a rebalance everybody waits for the member that hears of it last, and a
   * member hears of it by its next heartbeat.
   */
  readonly heartbeatIntervalMs?: number;
  /**
   * Longest pause between two turns of the loop, or time to open the tasks, before the group gives the tasks to others
   * (default 300,000 ms; KIP-62). Above the transaction time-out, which the opening may have to wait for.
   */
  readonly maxPollIntervalMs?: number;
  /** How often the source topics are looked at for new partitions, and for new topics of a pattern (default 300,000 ms). */
  readonly metadataMaxAgeMs?: number;
  /**
   * Records of repartition, sink and retry topics that are processed and committed are deleted at most this often (default
   * 30,000 ms; KIP-811).
   */
  readonly repartitionPurgeIntervalMs?: number;
  /**
   * Folders of tasks that are not assigned here are removed when nobody has used them for this long (default 600,000 ms,
   * looked at as often). A task that comes back later is restored from its changelogs.
   */
  readonly stateCleanupDelayMs?: number;
  /** A task that is behind and has not moved for this long makes the application not ready (default 60,000 ms). */
  readonly stuckAfterMs?: number;
  /** Static membership: a restart within the session time-out moves no task (KIP-345). */
  readonly groupInstanceId?: string;
  /**
   * Where other instances of the application can ask this one for what its stores hold, `host:port` (Kafka Streams'
   * application.server). A function is asked at each join, for a port that is known only later. Default none: this
   * instance's stores can be read by itself only. See `queryRoutes`, which answers there.
   */
  readonly applicationServer?: string | (() => string | null);
  /** Copies of each stateful task's stores that other processes keep current, to take over at once (default 0). */
  readonly numStandbyReplicas?: number;
  /** A member whose stores lack at most this many changelog records may run a task at once (default 10,000). KIP-441. */
  readonly acceptableRecoveryLag?: number;
  /**
   * Tasks, over the whole application, that are restored where they are wanted while they run where they are (default 2).
   * KIP-441.
   */
  readonly maxWarmupReplicas?: number;
  /** How soon it is looked whether the warm-ups are ready to take over (default 600,000 ms). KIP-441. */
  readonly probingRebalanceIntervalMs?: number;
  /** What tells this process from others: `{ zone: 'a', cluster: 'x' }` (default none). KIP-708. */
  readonly clientTags?: Readonly<Record<string, string>>;
  /** The client tags in which a standby should differ from the active task and from other standbys (default none). KIP-708. */
  readonly rackAwareAssignmentTags?: readonly string[];
  /** Short for the client tag `rack`, with standbys spread over racks. Default none. */
  readonly rack?: string;
  /** Fetched changelog records that wait to be put into stores, restoring tasks and standbys together (default 32 MiB). */
  readonly restoreBufferMaxBytes?: number;
  /** Told how restores go. Default nobody. */
  readonly onRestore?: StateRestoreListener;
  /**
   * Stream threads of this process (default 1). The first runs in the caller's event loop; each further one is a worker
   * thread that loads the application from {@link module}. Budgets of bytes are shared out equally among them.
   */
  readonly numStreamThreads?: number;
  /** Where worker threads load the application from. Needed for more than one thread, and to add threads later. */
  readonly module?: ThreadModule;
  /**
   * What becomes of the application when a stream thread ends with an error (KIP-671). Default: what may pass by itself
   * (`StreamsError.retriable`, a fenced producer) replaces the thread, everything else stops this instance.
   */
  readonly uncaughtExceptionHandler?: UncaughtExceptionHandler;
  /**
   * How long a step of one task may fail for passing reasons (metadata, offsets, a schema registry, an external sink)
   * before the task fails with TASK_TIMEOUT (default 300,000 ms; KIP-572). Other tasks go on meanwhile.
   */
  readonly taskTimeoutMs?: number;
  /** How long a record may wait for others in its batch (default 5 ms). */
  readonly lingerMs?: number;
  /** Of what is produced (default `none`). */
  readonly compression?: Compression;
  /** Rows that wait in an external sink, for each of its tasks; above, the task takes no input (default 64 MiB). */
  readonly sinkBufferMaxBytes?: number;
  /** Writes to stores since the last commit, for each task; above, it commits early (default 32 MiB). */
  readonly uncommittedMaxBytes?: number;
  /**
   * Results that leave when windows close are looked for at most this often, in ms of wall clock time (default 1,000, as in
   * Kafka Streams; 0: with each record).
   */
  readonly emitIntervalMs?: number;
  /** About records whose bytes do not fit their serde (default `fail`). */
  readonly deserializationHandler?: FaultHandler;
  /** About records at which a function of the application threw (default `fail`). */
  readonly processingHandler?: FaultHandler;
  /** About records that could not be serialised or are too large (default `fail`). */
  readonly productionHandler?: FaultHandler;
  /** Where records go that a handler sends to a dead letter. Default none: such a verdict is then refused at start. */
  readonly deadLetterTopic?: string;
  readonly logger?: Logger;
  /** `debug` also measures each node and each access to a store, which costs time (default `info`; docs/metrics.md). */
  readonly metricsRecordingLevel?: MetricsRecordingLevel;
  readonly metrics?: MetricsRegistry;
  /** Traces of records over their headers, such as `openTelemetry()`. Default none, which costs nothing. */
  readonly tracing?: Tracing;
  readonly clock?: Clock;
}

/** Settings that stay absent where they are not given. */
type OptionalSetting =
  | 'kafka'
  | 'groupInstanceId'
  | 'deadLetterTopic'
  | 'module'
  | 'rack'
  | 'onRestore'
  | 'tracing'
  | 'applicationServer';

/** {@link StreamsConfig} with its defaults filled in. */
export type ResolvedConfig = Required<Omit<StreamsConfig, OptionalSetting>> & Pick<StreamsConfig, OptionalSetting>;

/** @throws CONFIG_INVALID */
export function resolveConfig(config: StreamsConfig): ResolvedConfig {
  if (!/^[A-Za-z0-9._-]{1,200}$/.test(config.applicationId)) {
    throw new StreamsError(
      'CONFIG_INVALID',
      `applicationId ${JSON.stringify(config.applicationId)} must be 1 to 200 of the characters A-Z a-z 0-9 . _ - since it names topics and a folder`,
    );
  }
  const resolved: ResolvedConfig = {
    registry: null,
    stateDir: '.topology-streams/state',
    processingGuarantee: 'at_least_once',
    transactionTimeoutMs: 10_000,
    commitIntervalMs: config.processingGuarantee === 'exactly_once_v2' ? 100 : 30_000,
    cacheMaxBytes: 10 << 20,
    storeMemoryMaxBytes: 256 << 20,
    inputBufferMaxBytes: 64 << 20,
    maxTaskIdleMs: 0,
    offsetReset: 'earliest',
    lostOffset: 'fail',
    replicationFactor: -1,
    sessionTimeoutMs: 45_000,
    heartbeatIntervalMs: 1_000,
    maxPollIntervalMs: 300_000,
    metadataMaxAgeMs: 300_000,
    repartitionPurgeIntervalMs: 30_000,
    stateCleanupDelayMs: 600_000,
    stuckAfterMs: 60_000,
    numStandbyReplicas: 0,
    acceptableRecoveryLag: 10_000,
    maxWarmupReplicas: 2,
    probingRebalanceIntervalMs: 600_000,
    clientTags: {},
    rackAwareAssignmentTags: [],
    restoreBufferMaxBytes: 32 << 20,
    numStreamThreads: 1,
    uncaughtExceptionHandler: defaultAnswer,
    taskTimeoutMs: 300_000,
    lingerMs: 5,
    compression: 'none',
    sinkBufferMaxBytes: 64 << 20,
    uncommittedMaxBytes: 32 << 20,
    emitIntervalMs: 1_000,
    deserializationHandler: 'fail',
    processingHandler: 'fail',
    productionHandler: 'fail',
    logger: silentLogger,
    metricsRecordingLevel: 'info',
    metrics: createMetricsRegistry(),
    clock: systemClock,
    ...config,
  };
  const server = resolved.applicationServer;
  if (typeof server === 'string' && !/^\S+:\d{1,5}$/.test(server)) {
    throw new StreamsError('CONFIG_INVALID', `applicationServer ${JSON.stringify(server)}: expected host:port`);
  }
  if (resolved.processingGuarantee === 'exactly_once_v2' && resolved.transactionTimeoutMs < resolved.commitIntervalMs) {
    throw new StreamsError(
      'CONFIG_INVALID',
      `transactionTimeoutMs (${resolved.transactionTimeoutMs}) must not be below commitIntervalMs (${resolved.commitIntervalMs}): the broker would abort each transaction before its commit`,
    );
  }
  if (!Number.isInteger(resolved.numStreamThreads) || resolved.numStreamThreads < 1) {
    throw new StreamsError('CONFIG_INVALID', `numStreamThreads (${resolved.numStreamThreads}) must be 1 or more`);
  }
  if (resolved.numStreamThreads > 1 && !resolved.module) {
    throw new StreamsError(
      'CONFIG_INVALID',
      `numStreamThreads is ${resolved.numStreamThreads}, but module is not set: functions do not cross threads, so export a function that builds the topology from a module of its own, and give module: { url: new URL('./that-module.js', import.meta.url) }`,
    );
  }
  for (const name of ['deserializationHandler', 'processingHandler', 'productionHandler'] as const) {
    if (resolved[name] === 'deadLetter' && !resolved.deadLetterTopic) {
      throw new StreamsError('CONFIG_INVALID', `${name} is deadLetter, but deadLetterTopic is not set`);
    }
  }
  return resolved;
}
