import { setImmediate as nextTurn } from 'node:timers/promises';
import { join } from 'node:path';
import { messageOf, StreamsError } from '../core/errors.ts';
import type { Fetcher, KafkaClient, LeaveGroup } from '../kafka/client.ts';
import type { TopologyPlan } from '../topology/topology.ts';
import type { ResolvedConfig } from './config.ts';
import { type Assignment, GroupSession } from './group/group-session.ts';
import { TaskOffsets } from './group/task-offsets.ts';
import { showThreadMetrics } from './metrics/show-thread-metrics.ts';
import { ThreadMetrics } from './metrics/thread-metrics.ts';
import { GlobalStores } from './global-stores.ts';
import { RepartitionPurge } from './repartition-purge.ts';
import { PreparedSerdes } from './prepared-serdes.ts';
import type { StateStore } from '../state/store.ts';
import { createOrderedReader } from '../state/create-ordered-reader.ts';
import { SourceWatch } from './source-watch.ts';
import type { StandbyTask } from './standby-task.ts';
import type { StreamTask } from './stream-task.ts';
import { ThreadCommits } from './thread-commits.ts';
import { ThreadInput } from './thread-input.ts';
import { type TaskOwner, ThreadTasks } from './thread-tasks.ts';
import type { UnopenedTask } from './task-openings.ts';
import type { LockTask } from './threads/task-holds.ts';
import { watchLoop } from './watch-loop.ts';

export type ThreadState = 'CREATED' | 'STARTING' | 'REBALANCING' | 'RESTORING' | 'RUNNING' | 'STOPPING' | 'DEAD';

export interface StreamThreadOptions {
  readonly client: KafkaClient;
  readonly config: ResolvedConfig;
  readonly plan: TopologyPlan;
  readonly processId: string;
  /** Which thread of the process this is, from 1; its transactional id and its static member id end with it. */
  readonly index: number;
  readonly lock: LockTask;
  /** Tasks with state on this machine, from earlier runs. */
  readonly localTasks: () => readonly string[];
  readonly onState: (state: ThreadState) => void;
}

/** Records a task processes before the next one has its turn. */
const TURN_RECORDS = 512;
/** Processing gives the event loop a chance for I/O and timers this often. */
const SLICE_MS = 8;
/** The loop looks around at least this often when nothing arrives. */
const IDLE_MS = 100;

/**
 * One stream thread: an event loop's worth of tasks, with one group member, one fetcher and one producer. `run` is the
 * loop; it ends by `stop`, or with the error that nobody below could handle.
 */
export class StreamThread {
  readonly #options: StreamThreadOptions;
  readonly #session: GroupSession;
  readonly #fetcher: Fetcher;
  readonly #input: ThreadInput;
  readonly #commits: ThreadCommits;
  readonly #serdes: PreparedSerdes;
  readonly #reader = createOrderedReader();
  #global: GlobalStores | null = null;
  readonly #tasks: ThreadTasks;
  readonly #offsets: TaskOffsets;
  readonly #sources: SourceWatch;
  readonly #purge: RepartitionPurge;
  readonly metrics: ThreadMetrics;
  readonly #hideMetrics: () => void;
  #clusterId = '';
  #assignment: Assignment | null = null;
  #stopping = false;
  #joining = false;
  /** Opens and closes tasks after a join. */
  #settling = false;
  #leave: LeaveGroup = 'dynamic';
  /** Nothing is processed and no punctuator runs; polls, heartbeats and commits go on (KIP-834). */
  paused = false;
  state: ThreadState = 'CREATED';

  constructor(options: StreamThreadOptions) {
    this.#options = options;
    const { client, config, plan, processId, index } = options;
    this.#fetcher = client.fetcher({ maxBufferedBytes: config.inputBufferMaxBytes });
    this.#serdes = new PreparedSerdes(config.registry, client.admin);
    this.#sources = new SourceWatch({ client, config, plan, wake: () => this.#fetcher.wake() });
    this.#purge = new RepartitionPurge({ admin: client.admin, config });
    this.metrics = new ThreadMetrics(config.clock);
    this.#tasks = new ThreadTasks({
      config,
      metrics: this.metrics,
      client,
      serdes: this.#serdes,
      reader: this.#reader,
      lock: options.lock,
      fetcher: this.#fetcher,
      globalStore: (name) => this.#globalStore(name),
    });
    this.#offsets = new TaskOffsets({
      dir: join(config.stateDir, config.applicationId),
      localTasks: options.localTasks,
      lock: options.lock,
      running: () => [...this.#tasks.running()].map((task) => task.id),
      open: () => this.#tasks.waiting(),
      logger: config.logger,
    });
    this.#session = new GroupSession({ client, config, plan, processId, index, offsets: () => this.#offsets.now() });
    const { metrics } = this;
    this.#input = new ThreadInput({ client, config, fetcher: this.#fetcher, tasks: this.#tasks, metrics });
    this.#commits = new ThreadCommits({
      ...options,
      tasks: this.#tasks,
      member: this.#session.member,
      metrics,
      stopping: () => this.#stopping,
    });
    this.#hideMetrics = showThreadMetrics(
      config.metrics,
      config.applicationId,
      this.metrics,
      () => this.#commits.producer,
      index,
    );
  }

  /** The task that fills the global stores, once they are loaded; null where there are none. */
  get global(): StreamTask | null {
    return this.#global?.task ?? null;
  }

  /** Active tasks; those that are not `started` are being restored. */
  get tasks(): ReadonlyMap<string, StreamTask> {
    return this.#tasks.active;
  }

  /** Copies of tasks that run in other processes: their stores may be read, as of their lags. */
  get standbys(): ReadonlyMap<string, StandbyTask> {
    return this.#tasks.standbys;
  }

  /** Tasks that are assigned here and could not be opened yet. */
  get unopened(): readonly UnopenedTask[] {
    return this.#tasks.unopened;
  }

  /** What the group's leader said last; null before the first join. */
  get assignment(): Assignment | null {
    return this.#assignment;
  }

  /** Those that the tasks use, for whoever reads their stores. */
  get serdes(): PreparedSerdes {
    return this.#serdes;
  }

  /** Asks the loop to end after its current turn: it commits, leaves the group, and `run` resolves. */
  stop(leave: LeaveGroup = 'dynamic'): void {
    this.#stopping = true;
    this.#leave = leave;
    this.#fetcher.wake();
    // The coordinator may hold a join back for minutes; whoever is joining has nothing to finish.
    if (this.#joining) void this.#session.member.leave(leave).catch(() => undefined);
  }

  /** Ends a stop that takes too long: what was not committed is given up, the group is not told. */
  abandon(): void {
    this.#stopping = true;
    this.#leave = 'none';
    void this.#commits.producer.close().catch(() => undefined);
    void this.#session.member.leave('none').catch(() => undefined);
    void this.#fetcher.close().catch(() => undefined);
  }

  async run(): Promise<void> {
    const { member } = this.#session;
    member.onRebalance = () => this.#fetcher.wake();
    this.#to('STARTING');
    const endWatch = this.#watch();
    let failure: { readonly error: unknown } | null = null;
    try {
      this.#clusterId = await this.#options.client.admin.clusterId();
      await this.#commits.begin();
      const { client, config, plan } = this.#options;
      const stopped = (): boolean => this.#stopping;
      this.#global = await GlobalStores.open({ plan, client, config, serdes: this.#serdes, stopped });
      await this.#rebalance();
      while (!this.#stopping) {
        if (this.#rebalanceDue) await this.#rebalance();
        else await this.#turn();
      }
      this.#to('STOPPING');
      await this.#leaveInOrder();
    } catch (error) {
      if (!this.#stopping || !this.#joining) failure = { error };
    }
    endWatch();
    await this.#end();
    if (failure !== null) throw await this.#tasks.revive(failure.error);
  }

  /** When the loop began its last turn, or to open its tasks (monotone ms); null while it waits for its group. */
  get loopAt(): number | null {
    const goesRound = this.state === 'RUNNING' || this.state === 'RESTORING' || this.#settling;
    return goesRound ? this.metrics.loopAt : null;
  }

  /** Whoever stands still for too long gives its tasks to others, and joins again when it goes on. */
  #watch(): () => void {
    const { maxPollIntervalMs, clock, logger } = this.#options.config;
    return watchLoop({
      maxPollIntervalMs,
      now: () => clock.monotonic(),
      loopAt: () => this.loopAt,
      onStanding: (standingMs) => {
        logger.error({ standingMs, maxPollIntervalMs }, 'the stream thread stands still and leaves its group');
        void this.#session.member.giveWay().catch((error: unknown) => {
          logger.warn({ err: messageOf(error) }, 'the group was not told');
        });
      },
    });
  }

  get #rebalanceDue(): boolean {
    const { member, probeDue } = this.#session;
    return member.lost || member.rejoinNeeded || this.#sources.changed || probeDue;
  }

  /** Gives everything back, each thing whatever became of the one before it. */
  async #end(): Promise<void> {
    const parts: readonly [string, () => Promise<void>][] = [
      ['tasks', () => this.#tasks.close()],
      ['global stores', async () => this.#global?.close()],
      ['reader', () => this.#reader.stop()],
      ['fetcher', () => this.#fetcher.close()],
      ['producer', () => this.#commits.producer.close()],
      ['member', () => this.#session.member.leave(this.#leave)],
    ];
    for (const [part, close] of parts) {
      await close().catch((error: unknown) => {
        this.#options.config.logger.debug({ part, err: messageOf(error) }, 'could not be closed in good order');
      });
    }
    this.#hideMetrics();
    this.#to('DEAD');
  }

  async #turn(): Promise<void> {
    const { clock } = this.#options.config;
    this.metrics.turn();
    if (this.#tasks.tryAgainDue) await this.#tasks.tryAgain(this.#owner());
    if (this.state === 'RESTORING') this.#goOn();
    const until = clock.monotonic() + SLICE_MS;
    let worked = false;
    do {
      this.#input.receive();
      const changed = this.#global?.turn() ?? false;
      worked = this.#work() || changed;
    } while (worked && clock.monotonic() < until);
    if (this.#input.cut) await this.#input.goOnAfterCuts();
    if (this.#commits.due) await this.#commits.commitOrDrop();
    this.#purge.look(this.#tasks.running());
    if (this.#session.member.membership?.leader) this.#sources.look();
    const { producer } = this.#commits;
    if (!producer.ready) await this.metrics.blocked(producer.drained());
    if (worked) await nextTurn();
    else await this.metrics.blocked(this.#arrival());
  }

  async #arrival(): Promise<void> {
    const pause = this.#pauseMs();
    const here = this.#fetcher.arrival(pause);
    if (this.#global === null) await here;
    else await Promise.race([here, this.#global.arrival(pause)]);
  }

  #work(): boolean {
    const { clock } = this.#options.config;
    const { producer } = this.#commits;
    let worked = false;
    let since = clock.monotonic();
    const passed = (): number => {
      const before = since;
      since = clock.monotonic();
      return since - before;
    };
    for (const task of this.#tasks.active.values()) {
      if (!task.started) continue;
      if (task.runSteps()) {
        worked = true;
        passed();
      }
      if (this.paused) continue;
      task.flow?.tick(() => task.consumed());
      const onStreamTime = task.punctuateStream();
      if (task.punctuate() || onStreamTime) {
        worked = true;
        this.metrics.punctuatedIn(passed());
      }
      const done = producer.ready ? task.process(TURN_RECORDS) : 0;
      if (done === 0) continue;
      worked = true;
      this.metrics.processedIn(done, passed());
    }
    return worked;
  }

  #pauseMs(): number {
    const now = this.#options.config.clock.now();
    let pause = IDLE_MS;
    if (this.paused) return pause;
    for (const task of this.#tasks.running()) pause = Math.min(pause, Math.max(1, task.nextWakeUp() - now));
    return pause;
  }

  /** Joins (again): tasks that stay keep their stores open and what they have buffered. */
  async #rebalance(): Promise<void> {
    const { member } = this.#session;
    this.#to('REBALANCING');
    if (member.lost) await this.#commits.drop();
    else await this.#commits.commitOrDrop();
    await this.#offsets.look(this.#clusterId);
    if (this.#stopping) return;
    const assignment = await this.#join();
    this.metrics.turn();
    this.#settling = true;
    await this.#tasks.settle(assignment, this.#owner()).finally(() => {
      this.#settling = false;
    });
    this.#commits.restartInterval();
    this.#to('RESTORING');
    this.#goOn();
  }

  /** What tasks that are opened now belong to. */
  #owner(): TaskOwner {
    const { member } = this.#session;
    const [producer, clusterId] = [this.#commits.producer, this.#clusterId];
    return { producer, clusterId, committed: (partitions) => member.committed(partitions) };
  }

  /** New tasks run as soon as their stores are restored; the others do not wait for them. */
  #goOn(): void {
    if (!this.#tasks.startRestored()) return;
    const { active, standbys } = this.#tasks;
    this.#options.config.logger.info({ tasks: [...active.keys()], standbys: [...standbys.keys()] }, 'running');
    this.#to('RUNNING');
  }

  /**
   * Joins. Tasks stay open over it only when no generation was missed: in one that was, somebody else may have had them
   * and gone on with them.
   */
  async #join(): Promise<Assignment> {
    const { member } = this.#session;
    const before = member.membership;
    this.#joining = true;
    const assignment = await this.#session.join();
    this.#assignment = assignment;
    this.#joining = false;
    const now = member.membership;
    const missed = now?.memberId !== before?.memberId || (now?.generationId ?? 0) > (before?.generationId ?? 0) + 1;
    if (missed) await this.#tasks.closeActive();
    this.#sources.joined(assignment.partitionPlan);
    return assignment;
  }

  async #leaveInOrder(): Promise<void> {
    for (const task of this.#tasks.running()) {
      await task.flow?.drain(() => task.consumed()).catch((error: unknown) => this.#undrained(error));
    }
    await this.#commits.commitOrDrop();
    // Nothing is under way any more: the others need not wait until the stores are closed here.
    await this.#session.member.leave(this.#leave);
  }

  #undrained(error: unknown): void {
    if (!(error instanceof StreamsError) || !error.retriable) throw error;
    this.#options.config.logger.warn({ err: error.message }, 'a sink was not flushed: its records are read again');
  }

  #globalStore(name: string): StateStore | undefined {
    const task = this.#global?.task;
    return task?.subTopology.stores.some((store) => store.name === name) ? task.state.store(name) : undefined;
  }

  #to(state: ThreadState): void {
    this.state = state;
    this.#options.onState(state);
  }
}
