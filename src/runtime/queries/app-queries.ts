import { StreamsError } from '../../core/errors.ts';
import type { HttpClient } from '../../http/client.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import type {
  ReadOnlyKeyValueStore,
  ReadOnlySessionStore,
  ReadOnlyVersionedStore,
  ReadOnlyWindowStore,
  StateStore,
} from '../../state/store.ts';
import type { TopologyPlan } from '../../topology/topology.ts';
import type { AppState } from '../app-state.ts';
import type { ResolvedConfig } from '../config.ts';
import { brokerTopic } from '../partition-plan.ts';
import type { PreparedSerdes } from '../prepared-serdes.ts';
import type { ThreadState } from '../stream-thread.ts';
import { anyOf } from './any-of.ts';
import { httpQueries } from './http-queries.ts';
import { homePartition, type KeyPartitioner } from './key-partitions.ts';
import { queryKeyValue, querySession, queryVersioned, queryWindow } from './local-stores.ts';
import {
  groupMetadata,
  type GroupView,
  hostsOf,
  type KeyQueryMetadata,
  storePartitions,
  storeSpec,
  type StreamsMetadata,
  subTopologyOf,
} from './metadata.ts';
import { queryClient, type QueryClients } from './query-client.ts';
import { QueryRouter } from './query-router.ts';
import { checkQueryable, kindOf, type QueryableKind, type QueryableStore, type ReadOnlyStores } from './queryable.ts';
import { type QueryableTask, queryableTasks, type TaskHolder } from './queryable-task.ts';
import { type QueryOptions, StoreAsker } from './store-asker.ts';
import type { QueryPort } from './store-query.ts';
import { TaskQueries } from './task-queries.ts';
import { type QueriedWorker, type TaskHere, tasksHere } from './tasks-here.ts';

/** What queries need of a stream thread. */
export interface QueriedThread extends TaskHolder {
  readonly state: ThreadState;
  readonly assignment: GroupView | null;
  readonly serdes: PreparedSerdes;
}

export interface AppQueriesOptions {
  readonly plan: TopologyPlan;
  readonly config: ResolvedConfig;
  readonly state: () => AppState;
  /** null: it has not begun. */
  readonly thread: () => QueriedThread | null;
  /** Threads of this process with a loop of their own, which answer over their link (`askOver`). Default none. */
  readonly workers?: () => readonly QueriedWorker[];
}

/** Interactive queries of one application: of the tasks in this process, and of all the group's. */
export class AppQueries {
  readonly plan: TopologyPlan;
  readonly applicationId: string;
  /** Answers from this process alone: what other instances ask. */
  readonly local: QueryPort;
  readonly #options: AppQueriesOptions;
  readonly #router: QueryRouter;
  readonly #localRouter: QueryRouter;
  readonly #remotes = new Map<string, QueryPort>();
  #http: Promise<HttpClient> | null = null;
  /** As it was last known: a thread that begins anew knows nothing yet. */
  #view: GroupView | null = null;

  constructor(options: AppQueriesOptions) {
    this.#options = options;
    const { plan, config } = options;
    this.plan = plan;
    this.applicationId = config.applicationId;
    const tasks = new TaskQueries({
      tasks: () => this.tasks(),
      closed: () => this.#moving(),
      prepared: (spec) => this.#prepared(spec),
      clock: config.clock,
    });
    this.local = anyOf(() => [tasks, ...this.#workers().map(({ queries }) => queries)]);
    const routes = { local: () => [this.local], self: () => this.host, clock: config.clock };
    const remote = (host: string): QueryPort => this.#remote(host);
    this.#router = new QueryRouter({
      ...routes,
      hosts: (store, partition) => hostsOf(plan, this.#group(), store, partition),
      remote,
    });
    this.#localRouter = new QueryRouter({ ...routes, hosts: () => ({ activeHost: null, standbyHosts: [] }), remote });
  }

  /** This instance's `applicationServer`; null: it has none. */
  get host(): string | null {
    const { applicationServer } = this.#options.config;
    return (typeof applicationServer === 'function' ? applicationServer() : applicationServer) ?? null;
  }

  *tasks(): Generator<QueryableTask> {
    const thread = this.#options.thread();
    if (thread !== null) yield* queryableTasks(thread, (spec) => this.#changelog(spec));
  }

  /** Of all threads of this process. */
  tasksHere(store: string): readonly TaskHere[] {
    return tasksHere(store, this.tasks(), this.#workers());
  }

  /** @throws STORE_UNKNOWN, QUERY_INVALID, STORE_CLOSED */
  store<Kind extends QueryableKind, K, V>(store: QueryableStore<Kind, K, V>): ReadOnlyStores<K, V>[Kind] {
    checkQueryable(this.spec(store.name), store);
    return this.storeNamed(store.name) as ReadOnlyStores<K, V>[Kind];
  }

  /**
   * A store of the tasks here, all of which have to be in this event loop: half of a store would pass for the whole.
   * @throws STORE_UNKNOWN, QUERY_INVALID, STORE_CLOSED
   */
  storeNamed(name: string): StateStore {
    const kind = this.#kind(name);
    const stores = (): StateStore[] => {
      const closed = this.#closed();
      if (closed !== null) throw new StreamsError('STORE_CLOSED', closed);
      this.#refuseWorkers(name);
      return [...this.tasks()]
        .filter((task) => task.role === 'active' && task.stores.some((store) => store.name === name))
        .map((task) => task.store(name));
    };
    stores();
    switch (kind) {
      case 'keyValue':
        return queryKeyValue(name, () => stores() as ReadOnlyKeyValueStore<unknown, unknown>[]);
      case 'window':
        return queryWindow(name, () => stores() as ReadOnlyWindowStore<unknown, unknown>[]);
      case 'session':
        return querySession(name, () => stores() as ReadOnlySessionStore<unknown, unknown>[]);
      case 'versioned':
        return queryVersioned(name, () => stores() as unknown as ReadOnlyVersionedStore<unknown, unknown>[]);
    }
  }

  /** @throws STORE_UNKNOWN, QUERY_INVALID */
  query<Kind extends QueryableKind, K, V>(
    store: QueryableStore<Kind, K, V>,
    options: QueryOptions<K> = {},
  ): QueryClients<K, V>[Kind] {
    checkQueryable(this.spec(store.name), store);
    return queryClient(store.kind, this.asker<K, V>(store.name, options));
  }

  /** Asks for a store by its name. @throws STORE_UNKNOWN, QUERY_INVALID */
  asker<K, V>(store: string, options: QueryOptions<K>): StoreAsker<K, V> {
    this.#kind(store);
    const { here = false, stale } = options;
    const own = (): ReadonlySet<number | null> => {
      const tasks = this.tasksHere(store).filter(({ role }) => role === 'active' || stale !== undefined);
      return new Set(tasks.map(({ partition }) => partition));
    };
    return new StoreAsker<K, V>(
      {
        plan: this.plan,
        store,
        prepared: () => this.#prepared(this.spec(store)),
        partitions: () => this.partitions(store),
        router: here ? this.#localRouter : this.#router,
        own: here ? own : null,
      },
      options,
    );
  }

  /** null: a global store. @throws STORE_CLOSED before the first join */
  partitions(store: string): number | null {
    return storePartitions(this.plan, this.#group(), store);
  }

  async metadataForKey<K>(
    store: string,
    key: K,
    partitioner: KeyPartitioner<K> | null = null,
  ): Promise<KeyQueryMetadata> {
    const partitions = this.partitions(store);
    if (partitions === null) return { store, partition: null, activeHost: this.host, standbyHosts: [] };
    const { spec, topic } = await this.#prepared(this.spec(store));
    const keyBytes = spec.key.serialize(topic, key);
    const partition = homePartition({ plan: this.plan, store, partitions, key, keyBytes, partitioner });
    if (partition === null) {
      const message = `the partition of a key of ${store} does not follow from the key alone: give a partitioner`;
      throw new StreamsError('QUERY_INVALID', message);
    }
    return { store, partition, ...this.hosts(store, partition) };
  }

  /** @throws STORE_UNKNOWN */
  metadataForStore(store: string): StreamsMetadata[] {
    subTopologyOf(this.plan, store);
    return this.allMetadata().filter(({ stores, standbyStores }) => [...stores, ...standbyStores].includes(store));
  }

  allMetadata(): StreamsMetadata[] {
    return groupMetadata(this.plan, this.#group());
  }

  hosts(store: string, partition: number): Pick<KeyQueryMetadata, 'activeHost' | 'standbyHosts'> {
    return hostsOf(this.plan, this.#group(), store, partition);
  }

  /** @throws STORE_UNKNOWN */
  spec(name: string): StoreSpec {
    return storeSpec(this.plan, name);
  }

  async close(): Promise<void> {
    const http = await this.#http;
    await http?.close();
  }

  #kind(name: string): QueryableKind {
    const kind = kindOf(this.spec(name));
    if (kind === null) throw new StreamsError('QUERY_INVALID', `store ${name} is an operator’s own and cannot be read`);
    return kind;
  }

  #workers(): readonly QueriedWorker[] {
    return this.#options.workers?.() ?? [];
  }

  #refuseWorkers(store: string): void {
    const there = this.tasksHere(store).find(({ worker, role }) => worker && role === 'active');
    if (there === undefined) return;
    throw new StreamsError(
      'QUERY_INVALID',
      `store ${store} has tasks in worker threads (${there.task}), which cannot be read at once: use app.query(…, { here: true })`,
      { task: there.task },
    );
  }

  #closed(): string | null {
    const state = this.#options.state();
    return state === 'RUNNING' ? null : `the application is ${state}, not RUNNING`;
  }

  /** A thread that restores what is new goes on with what it has. */
  #moving(): string | null {
    const thread = this.#options.thread();
    const going = thread?.state === 'RUNNING' || thread?.state === 'RESTORING';
    return going ? null : `the application is ${this.#options.state()}, not RUNNING`;
  }

  #group(): GroupView {
    this.#view = this.#options.thread()?.assignment ?? this.#view;
    if (this.#view === null) throw new StreamsError('STORE_CLOSED', 'the application has not joined its group yet');
    return this.#view;
  }

  async #prepared(spec: StoreSpec): Promise<{ readonly spec: StoreSpec; readonly topic: string }> {
    const thread = this.#options.thread();
    if (thread === null) throw new StreamsError('STORE_CLOSED', 'the application has not started');
    const topic = this.#changelog(spec);
    return { spec: await thread.serdes.store(spec, topic), topic };
  }

  #changelog({ name, sourceTopic }: StoreSpec): string {
    return sourceTopic ?? brokerTopic(this.applicationId, `${name}-changelog`, true);
  }

  #remote(host: string): QueryPort {
    const known = this.#remotes.get(host);
    if (known) return known;
    const port = httpQueries({ host, applicationId: this.applicationId, http: () => this.#client() });
    this.#remotes.set(host, port);
    return port;
  }

  /** Made when another instance is first asked: most applications never do. */
  #client(): Promise<HttpClient> {
    this.#http ??= import('../../http/client.ts').then(({ createHttpClient }) =>
      createHttpClient({ connectTimeoutMs: 2_000 }),
    );
    return this.#http;
  }
}
