import { messageOf, StreamsError } from '../core/errors.ts';
import type { LeaveGroup } from '../kafka/client.ts';
import type { MetricsRegistry } from '../observe/metrics.ts';
import type { ReadOnlyKeyValueStore, StateStore } from '../state/store.ts';
import { removeAppState } from '../state/task-folders.ts';
import type { Topology } from '../topology/topology.ts';
import { announceStop } from './announce-stop.ts';
import { showAppMetrics } from './app-metrics.ts';
import type { ReadinessAnswer } from '../observe/health.ts';
import { AppHealth } from './app-health.ts';
import { AppResources } from './app-resources.ts';
import { type AppState, AppStates } from './app-state.ts';
import { type AppStatus, appStatus } from './app-status.ts';
import { caughtUp } from './caught-up.ts';
import { CLOSE_TIMEOUT_MS, type CloseOptions } from './close-options.ts';
import { type ResolvedConfig, resolveConfig, type StreamsConfig } from './config.ts';
import { AppQueries } from './queries/app-queries.ts';
import type { KeyPartitioner } from './queries/key-partitions.ts';
import type { KeyQueryMetadata, StreamsMetadata } from './queries/metadata.ts';
import type { QueryClients } from './queries/query-client.ts';
import type { QueryableKind, QueryableStore, ReadOnlyStores } from './queries/queryable.ts';
import type { QueryOptions } from './queries/store-asker.ts';
import type { AppThread } from './threads/app-thread.ts';
import { endThreads } from './threads/end-threads.ts';
import { LocalThread } from './threads/local-thread.ts';
import { ThreadSet } from './threads/thread-set.ts';
import { WorkerThread } from './threads/worker-thread.ts';
import { within } from './within.ts';

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
  readonly #resources: AppResources;
  readonly #hideMetrics: () => void;
  readonly #health: AppHealth;
  readonly #states: AppStates;
  readonly #threads: ThreadSet;
  #closing: Promise<void> | null = null;
  #opening: Promise<void> | null = null;
  #failing: Promise<void> | null = null;
  #restarts = 0;
  #error: Error | null = null;

  /** @throws CONFIG_INVALID */
  constructor(topology: Topology, config: StreamsConfig) {
    this.topology = topology;
    this.config = resolveConfig(config);
    this.#states = new AppStates(this.config.logger);
    this.#resources = new AppResources({
      topology,
      config: this.config,
      threads: () => this.#threads.threads,
      onState: () => this.#follow(),
    });
    this.#threads = new ThreadSet({
      config: this.config,
      nameOf: (index) => `${this.config.applicationId}-${this.#resources.processId}-StreamThread-${index}`,
      create: (name, index, worker) => this.#makeThread(name, index, worker),
      onChange: () => this.#follow(),
      onReplaced: (error) => {
        this.#restarts++;
        this.#error = error;
      },
      onEnd: (answer, error) => {
        this.#failing = this.#fail(error, answer === 'shutdownApplication');
      },
    });
    this.queries = new AppQueries({
      plan: topology.plan,
      config: this.config,
      state: () => this.state,
      thread: () => this.#threads.threads.find((thread) => thread instanceof LocalThread)?.stream ?? null,
      workers: () => this.#threads.threads.filter((thread) => thread instanceof WorkerThread),
    });
    this.#hideMetrics = showAppMetrics(this.config.metrics, this.config.applicationId, {
      state: () => this.state,
      restarts: () => this.#restarts,
      threads: () => this.#threads.threads.length,
      repeatedFailures: () => this.#threads.repeated?.times ?? 0,
    });
    this.#health = new AppHealth({
      config: this.config,
      status: () => this.status(),
      connected: () => this.connected,
      loopAt: () => this.#loopAt(),
    });
  }

  get state(): AppState {
    return this.#states.now;
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
    this.#states.listen(listener);
  }

  /**
   * Connects, joins the group, restores the stores. Resolves when records are being processed for the first time; rejects
   * when that cannot be: no broker, a topic that does not exist, state that is in use.
   */
  async start(): Promise<void> {
    if (this.state !== 'CREATED') throw new StreamsError('ILLEGAL_STATE', 'an application can be started once');
    this.#states.to('REBALANCING');
    try {
      this.#opening = this.#resources.open();
      await this.#opening;
    } catch (error) {
      if (!this.#closing) this.#failing = this.#fail(error, false);
      await this.#failing;
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
      for (let i = 0; i < this.config.numStreamThreads; i++) this.#threads.add();
    });
  }

  /**
   * Finishes the current records, commits, leaves the group. Idempotent: the first call's options count. A start that is
   * under way is called off.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  /**
   * Stops processing and punctuation; polls, heartbeats and commits go on, so the group does not notice (KIP-834). Calls of
   * async operators that are in flight are finished. Not remembered over a restart; may be called before the start.
   */
  pause(): void {
    this.#threads.pause(true);
  }

  resume(): void {
    this.#threads.pause(false);
  }

  get isPaused(): boolean {
    return this.#threads.paused;
  }

  /**
   * Starts one more stream thread (KIP-663) and answers its name; the group shares the tasks out anew.
   *
   * @throws ILLEGAL_STATE unless the application is running or rebalancing; CONFIG_INVALID without `module`
   */
  addStreamThread(): string {
    if (this.#closing || (this.state !== 'RUNNING' && this.state !== 'REBALANCING') || !this.#resources.maker) {
      throw new StreamsError('ILLEGAL_STATE', `a thread cannot be added to an application that is ${this.state}`);
    }
    if (!this.config.module && this.#threads.size > 0) {
      throw new StreamsError('CONFIG_INVALID', 'worker threads load the application from its module: set `module`');
    }
    return this.#threads.add();
  }

  /**
   * Ends the newest stream thread (KIP-663) and answers its name; null where there is none left. One that has not committed
   * and left after `timeoutMs` (default 30,000 ms) is ended without.
   */
  removeStreamThread({ timeoutMs = CLOSE_TIMEOUT_MS }: Pick<CloseOptions, 'timeoutMs'> = {}): Promise<string | null> {
    return this.#threads.remove(timeoutMs);
  }

  /**
   * Removes all local state of this application, before it is started or after it is closed; the next start restores it from
   * the changelogs (Kafka Streams' `cleanUp`). To begin anew, see {@link resetApplication}.
   *
   * @throws ILLEGAL_STATE while it runs, STATE_DIR_LOCKED when another process uses the folder
   */
  async cleanUp(): Promise<void> {
    if (!['CREATED', 'NOT_RUNNING', 'ERROR'].includes(this.state)) {
      throw new StreamsError('ILLEGAL_STATE', `local state cannot be removed while the application is ${this.state}`);
    }
    await removeAppState(this.#resources.stateFolder);
  }

  /**
   * A store of this process' tasks, to read at once. Its content is that of the records processed here so far, committed
   * or not. Iterators close themselves at their end and when a `for … of` is left. The form with a name alone takes whatever
   * type it is given. What worker threads have cannot be read at once: `query(…, { here: true })` reads all threads.
   *
   * @throws STORE_UNKNOWN, STORE_CLOSED (while rebalancing: try again), QUERY_INVALID when kind or serdes do not fit, or
   * when a worker thread has tasks of the store: what is in this event loop would be a part of it only
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
    const { applicationId } = this.config;
    const error = this.#error?.message ?? null;
    return appStatus({ applicationId, state: this.state, error, restarts: this.#restarts }, this.#threads);
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
    return this.state === 'RUNNING' && this.#threads.threads.every((thread) => thread.idle);
  }

  /**
   * {@link idle}, and the brokers agree: all source partitions of the tasks here were read to their end. Asks the cluster,
   * so it also knows of records that have not been fetched yet.
   */
  async caughtUp(): Promise<boolean> {
    const { client } = this.#resources;
    if (!client || !this.idle) return false;
    return (await caughtUp(client, () => this.#threads.threads)) && this.idle;
  }

  /** Whether the connection to the cluster works, as far as the last request knows. */
  get connected(): boolean {
    return this.#resources.client?.connected ?? false;
  }

  #makeThread(name: string, index: number, worker: boolean): AppThread {
    const { maker } = this.#resources;
    if (!maker) throw new StreamsError('ILLEGAL_STATE', 'not connected');
    return maker.make(name, index, worker);
  }

  /** The application's state follows from those of its threads: RUNNING only when all of them are. */
  #follow(): void {
    if (this.#closing || this.#failing) return;
    if (this.state === 'RUNNING' || this.state === 'REBALANCING') {
      this.#states.to(this.#threads.running ? 'RUNNING' : 'REBALANCING');
    }
  }

  /** When the thread that has stood still longest began its last turn; null while all wait for their group, or none runs. */
  #loopAt(): number | null {
    const turns = this.#threads.threads.map(({ loopAt }) => loopAt).filter((at) => at !== null);
    return turns.length === 0 ? null : Math.min(...turns);
  }

  async #close({ timeoutMs = CLOSE_TIMEOUT_MS, leaveGroup }: CloseOptions): Promise<void> {
    // So that whoever reads #closing sees it.
    await Promise.resolve();
    const leave = leaveGroup === undefined ? 'dynamic' : leaveGroup ? 'all' : 'none';
    const until = performance.now() + timeoutMs;
    const begun = Promise.all([this.#opening?.catch(() => undefined), this.#failing]);
    if (!(await within(timeoutMs / 2, begun))) await this.#resources.client?.close();
    if (this.state !== 'PENDING_SHUTDOWN') this.#states.to('PENDING_SHUTDOWN');
    await this.#release(leave, until - performance.now());
    await this.queries.close();
    this.#hideMetrics();
    this.#states.to('NOT_RUNNING');
  }

  async #fail(error: unknown, everywhere: boolean): Promise<void> {
    this.#error = error instanceof Error ? error : new Error(String(error));
    const where = error instanceof StreamsError ? error.coordinates : {};
    this.config.logger.error({ err: messageOf(error), ...where }, 'the application stops');
    if (this.#closing) return;
    this.#states.to('PENDING_ERROR');
    try {
      await this.#endThreads('dynamic', CLOSE_TIMEOUT_MS);
      const { client, processId } = this.#resources;
      if (everywhere && client) {
        await announceStop(client, this.config, processId, `an instance stopped all: ${messageOf(error)}`);
      }
      await this.#release('none', CLOSE_TIMEOUT_MS);
    } catch (failure) {
      this.config.logger.error({ err: messageOf(failure) }, 'not everything could be closed');
    }
    if (this.state === 'PENDING_ERROR') this.#states.to('ERROR');
  }

  #endThreads(leave: LeaveGroup, timeoutMs: number): Promise<void> {
    return endThreads(this.#threads, { leave, timeoutMs, logger: this.config.logger });
  }

  async #release(leave: LeaveGroup, timeoutMs: number): Promise<void> {
    await this.#endThreads(leave, timeoutMs);
    await this.#resources.release();
  }
}
