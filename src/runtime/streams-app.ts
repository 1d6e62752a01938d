import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { messageOf, StreamsError } from '../core/errors.ts';
import { partitionName } from '../core/record.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { MetricsRegistry } from '../observe/metrics.ts';
import type { ReadOnlyKeyValueStore, StateStore } from '../state/store.ts';
import type { DirectoryLock } from '../state/directory-lock.ts';
import { lockStateDirectory } from '../state/level/lock-state-directory.ts';
import { localTasks, removeAppState } from '../state/task-folders.ts';
import type { Topology } from '../topology/topology.ts';
import { showAppMetrics } from './app-metrics.ts';
import type { ReadinessAnswer } from '../observe/health.ts';
import { AppHealth } from './app-health.ts';
import { type AppState, checkTransition } from './app-state.ts';
import { type AppStatus, taskStatus } from './app-status.ts';
import { type ResolvedConfig, resolveConfig, type StreamsConfig } from './config.ts';
import { processIdOf } from './process-id.ts';
import { AppQueries } from './queries/app-queries.ts';
import type { KeyPartitioner } from './queries/key-partitions.ts';
import type { KeyQueryMetadata, StreamsMetadata } from './queries/metadata.ts';
import type { QueryClients } from './queries/query-client.ts';
import type { QueryableKind, QueryableStore, ReadOnlyStores } from './queries/queryable.ts';
import type { QueryOptions } from './queries/store-asker.ts';
import { StateCleanup } from './state-cleanup.ts';
import { StreamThread, type ThreadState } from './stream-thread.ts';

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
/** A thread that ran this long before it failed starts the back-off anew. */
const HEALTHY_AFTER_MS = 60_000;

/**
 * A topology at work: this process' member of the application.
 *
 * @example
 *     const app = new StreamsApp(topology, { applicationId: 'clicks', kafka: { brokers: ['localhost:9092'] } });
 *     await app.start();
 *     process.once('SIGTERM', () => void app.close());
 */
export class StreamsApp {
  readonly topology: Topology;
  readonly config: ResolvedConfig;
  /** What `queryRoutes` serves. */
  readonly queries: AppQueries;
  #processId: string = randomUUID();
  readonly #hideMetrics: () => void;
  readonly #health: AppHealth;
  readonly #listeners: ((now: AppState, before: AppState) => void)[] = [];
  #state: AppState = 'CREATED';
  #client: KafkaClient | null = null;
  #thread: StreamThread | null = null;
  #lock: DirectoryLock | null = null;
  #cleanup: StateCleanup | null = null;
  #supervision: Promise<void> | null = null;
  #endBackoff: (() => void) | null = null;
  #closing: Promise<void> | null = null;
  #opening: Promise<void> | null = null;
  #restarts = 0;
  #error: Error | null = null;

  /** @throws CONFIG_INVALID */
  constructor(topology: Topology, config: StreamsConfig) {
    this.topology = topology;
    this.config = resolveConfig(config);
    this.queries = new AppQueries({
      plan: topology.plan,
      config: this.config,
      state: () => this.#state,
      thread: () => this.#thread,
    });
    this.#hideMetrics = showAppMetrics(this.config.metrics, this.config.applicationId, {
      state: () => this.#state,
      restarts: () => this.#restarts,
      threads: () => (this.#thread && this.#thread.state !== 'DEAD' ? 1 : 0),
    });
    this.#health = new AppHealth({
      config: this.config,
      status: () => this.status(),
      connected: () => this.connected,
      loopAt: () => this.#loopAt(),
    });
  }

  get state(): AppState {
    return this.#state;
  }

  /** What ended the application, or the last error of a thread that was restarted; null when there was none. */
  get error(): Error | null {
    return this.#error;
  }

  /** Prometheus metrics of this application: `await app.metrics.metrics()` is the text to serve. */
  get metrics(): MetricsRegistry {
    return this.config.metrics;
  }

  onStateChange(listener: (now: AppState, before: AppState) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Connects, joins the group, restores the stores. Resolves when records are being processed for the first time; rejects
   * when that cannot be: no broker, a topic that does not exist, state that is in use.
   */
  async start(): Promise<void> {
    if (this.#state !== 'CREATED') throw new StreamsError('ILLEGAL_STATE', 'an application can be started once');
    this.#to('REBALANCING');
    try {
      this.#opening = this.#open();
      await this.#opening;
    } catch (error) {
      if (!this.#closing) await this.#fail(error);
      throw error;
    }
    if (this.#closing) throw new StreamsError('ILLEGAL_STATE', 'closed before it was running');
    await new Promise<void>((resolve, reject) => {
      this.onStateChange((now) => {
        if (now === 'RUNNING') resolve();
        if (now === 'ERROR' || now === 'NOT_RUNNING') {
          reject(this.#error ?? new StreamsError('ILLEGAL_STATE', 'closed before it was running'));
        }
      });
      this.#supervision = this.#supervise();
    });
  }

  /** Finishes the current records, commits, leaves the group. Idempotent; a start that is under way is called off. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // So that whoever reads #closing sees it.
    await Promise.resolve();
    this.#endBackoff?.();
    this.#thread?.stop();
    await this.#opening?.catch(() => undefined);
    await this.#supervision;
    await this.queries.close();
    if (this.#state !== 'PENDING_SHUTDOWN') this.#to('PENDING_SHUTDOWN');
    await this.#release();
    this.#hideMetrics();
    this.#to('NOT_RUNNING');
  }

  /**
   * Removes all local state of this application, before it is started or after it is closed; the next start restores it from
   * the changelogs (Kafka Streams' `cleanUp`). To begin anew, see {@link resetApplication}.
   *
   * @throws ILLEGAL_STATE while it runs, STATE_DIR_LOCKED when another process uses the folder
   */
  async cleanUp(): Promise<void> {
    if (!['CREATED', 'NOT_RUNNING', 'ERROR'].includes(this.#state)) {
      throw new StreamsError('ILLEGAL_STATE', `local state cannot be removed while the application is ${this.#state}`);
    }
    await removeAppState(this.#stateFolder);
  }

  /**
   * A store of the tasks in this process, to read at once. Its content is that of the records processed here so far,
   * committed or not. Iterators close themselves at their end and when a `for … of` is left. The form with a name alone
   * takes whatever type it is given.
   *
   * @throws STORE_UNKNOWN, STORE_CLOSED (while rebalancing: try again), QUERY_INVALID when kind or serdes do not fit
   */
  store<Kind extends QueryableKind, K, V>(store: QueryableStore<Kind, K, V>): ReadOnlyStores<K, V>[Kind];
  store<S extends StateStore = ReadOnlyKeyValueStore<unknown, unknown>>(name: string): S;
  store(store: string | QueryableStore<QueryableKind, unknown, unknown>): StateStore {
    return typeof store === 'string' ? this.queries.storeNamed(store) : this.queries.store(store);
  }

  /**
   * Reads a store wherever its partitions are: in this process, in another instance (see `applicationServer`) or, where the
   * options allow, from a standby.
   *
   * @throws STORE_UNKNOWN, QUERY_INVALID; the reads themselves reject with NOT_PRESENT, STORE_CLOSED, NOT_UP_TO_BOUND or
   * INSTANCE_UNAVAILABLE when nobody could answer in time
   */
  query<Kind extends QueryableKind, K, V>(
    store: QueryableStore<Kind, K, V>,
    options: QueryOptions<K> = {},
  ): QueryClients<K, V>[Kind] {
    return this.queries.query(store, options);
  }

  /** Who has a key of a store (KIP-535). @throws STORE_UNKNOWN, STORE_CLOSED, QUERY_INVALID */
  metadataForKey<K>(store: string, key: K, partitioner: KeyPartitioner<K> | null = null): Promise<KeyQueryMetadata> {
    return this.queries.metadataForKey(store, key, partitioner);
  }

  /** The instances that have partitions of a store, those with an `applicationServer`. @throws STORE_UNKNOWN */
  metadataForStore(store: string): StreamsMetadata[] {
    return this.queries.metadataForStore(store);
  }

  /** All instances that have an `applicationServer`, as this one knows the group. */
  allMetadata(): StreamsMetadata[] {
    return this.queries.allMetadata();
  }

  status(): AppStatus {
    const tasks = [...(this.#thread?.tasks.values() ?? [])].map(taskStatus);
    return {
      applicationId: this.config.applicationId,
      state: this.#state,
      error: this.#error ? this.#error.message : null,
      restarts: this.#restarts,
      lag: tasks.reduce((sum, task) => sum + task.lag, 0),
      tasks,
    };
  }

  /** Whether work may be sent here, and why not: rebalancing, restoring (how far), disconnected, a task that stands still. */
  readiness(): ReadinessAnswer {
    return this.#health.ready();
  }

  /** Whether this process should be left alive: not in ERROR, and its loop comes round within `maxPollIntervalMs`. */
  liveness(): ReadinessAnswer {
    return this.#health.live();
  }

  /** Running, with nothing left to do that is known of: no lag, no call in flight, no open batch, everything committed. */
  get idle(): boolean {
    if (this.#state !== 'RUNNING' || !this.#thread) return false;
    return [...this.#thread.tasks.values()].every((task) => task.unfinished === 0);
  }

  /**
   * {@link idle}, and the brokers agree: all source partitions of the local tasks were read to their end. Asks the
   * cluster, so it also knows of records that have not been fetched yet.
   */
  async caughtUp(): Promise<boolean> {
    const client = this.#client;
    if (!client || !this.idle) return false;
    // From before the question: what one task does meanwhile may be input of another, and not be in the answer.
    const before = [...(this.#thread?.tasks.values() ?? [])].flatMap((task) => task.consumed());
    const ends = await client.admin.listOffsets(before, 'latest', 'read_committed');
    const endOf = new Map(ends.map(({ topic, partition, offset }) => [partitionName(topic, partition), offset]));
    return (
      this.idle &&
      before.every(({ topic, partition, offset }) => offset >= (endOf.get(partitionName(topic, partition)) ?? 0))
    );
  }

  /** Whether the connection to the cluster works, as far as the last request knows. */
  get connected(): boolean {
    return this.#client?.connected ?? false;
  }

  async #open(): Promise<void> {
    const { kafka, logger } = this.config;
    const persistent = [...this.topology.plan.stores.values()].some((store) => store.persistent);
    if (persistent) {
      const dir = this.#stateFolder;
      this.#lock = await lockStateDirectory(dir);
      this.#processId = await processIdOf(dir);
      const inUse = (task: string): boolean =>
        this.#thread?.tasks.has(task) || this.#thread?.standbys.has(task) || false;
      this.#cleanup = new StateCleanup({ dir, config: this.config, inUse });
      this.#cleanup.start();
    }
    if ('client' in kafka) {
      this.#client = kafka.client;
    } else {
      const { kafkaClient } = await import('../kafka/connect.ts');
      this.#client = kafkaClient(kafka, { logger });
      await this.#client.connect();
    }
  }

  /** Runs the thread, and a new one after an error that may pass. */
  async #supervise(): Promise<void> {
    const { clock, logger } = this.config;
    for (let backoffMs = FIRST_BACKOFF_MS; !this.#closing;) {
      const begun = clock.monotonic();
      try {
        await this.#runThread();
        return;
      } catch (error) {
        this.#error = error instanceof Error ? error : new Error(String(error));
        const retriable = error instanceof StreamsError && (error.retriable || wasFenced(error));
        if (this.#closing || !retriable) {
          if (!this.#closing) await this.#fail(error);
          return;
        }
        if (clock.monotonic() - begun > HEALTHY_AFTER_MS) backoffMs = FIRST_BACKOFF_MS;
        this.#restarts++;
        logger.error(
          { err: messageOf(error), ...error.coordinates, backoffMs },
          'the stream thread failed, starting another',
        );
        this.#to('REBALANCING');
        await this.#backOff(backoffMs);
        backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
      }
    }
  }

  async #runThread(): Promise<void> {
    const { config, topology } = this;
    if (!this.#client) throw new StreamsError('ILLEGAL_STATE', 'not connected');
    this.#thread = new StreamThread({
      client: this.#client,
      config,
      plan: topology.plan,
      processId: this.#processId,
      localTasks: () => localTasks(this.#stateFolder),
      onState: (state) => this.#follow(state),
    });
    await this.#thread.run();
  }

  #follow(state: ThreadState): void {
    if (this.#closing) return;
    if (state === 'RUNNING') this.#to('RUNNING');
    else if (state === 'REBALANCING' || state === 'STARTING') this.#to('REBALANCING');
  }

  async #backOff(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endBackoff = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endBackoff = null;
  }

  /** Null while the thread waits for its group, or none runs. */
  #loopAt(): number | null {
    const thread = this.#thread;
    return thread?.state === 'RUNNING' || thread?.state === 'RESTORING' ? thread.metrics.loopAt : null;
  }

  get #stateFolder(): string {
    return join(this.config.stateDir, this.config.applicationId);
  }

  async #fail(error: unknown): Promise<void> {
    this.#error = error instanceof Error ? error : new Error(String(error));
    const where = error instanceof StreamsError ? error.coordinates : {};
    this.config.logger.error({ err: messageOf(error), ...where }, 'the application stops');
    this.#to('PENDING_ERROR');
    await this.#release().catch((failure: unknown) => {
      this.config.logger.error({ err: messageOf(failure) }, 'not everything could be closed');
    });
    if (this.#state === 'PENDING_ERROR') this.#to('ERROR');
  }

  async #release(): Promise<void> {
    const client = this.#client;
    const lock = this.#lock;
    this.#client = null;
    this.#lock = null;
    this.#cleanup?.stop();
    this.#cleanup = null;
    try {
      if (client && !('client' in this.config.kafka)) await client.close();
    } finally {
      await lock?.release();
    }
  }

  #to(state: AppState): void {
    const before = this.#state;
    if (before === state) return;
    checkTransition(before, state);
    this.#state = state;
    this.config.logger.debug({ from: before, to: state }, 'application state');
    for (const listener of this.#listeners) {
      try {
        listener(state, before);
      } catch (error) {
        this.config.logger.error({ err: messageOf(error) }, 'a listener of the application’s state threw');
      }
    }
  }
}

/**
 * Somebody took this thread's work over while it was slow or cut off: a new thread joins anew. Not so where another process
 * runs under the same static member id: they would fence each other for ever.
 */
function wasFenced(error: StreamsError): boolean {
  return error.code === 'FENCED' && error.kafkaError !== 'FENCED_INSTANCE_ID';
}
