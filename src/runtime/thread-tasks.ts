import { messageOf, StreamsError } from '../core/errors.ts';
import { partitionName } from '../core/record.ts';
import type { CommittedOffset, Fetcher, KafkaClient, Producer } from '../kafka/client.ts';
import { isDamaged } from '../state/level/level-errors.ts';
import type { OrderedReader } from '../state/ordered-reader.ts';
import type { StateStore } from '../state/store.ts';
import type { TaskState } from '../state/task-state.ts';
import type { ResolvedConfig } from './config.ts';
import { eachAtOnce } from './each-at-once.ts';
import type { Assignment } from './group/group-session.ts';
import { type HeldState, NO_OWNER } from './held-state.ts';
import { showTaskMetrics } from './metrics/show-task-metrics.ts';
import type { ThreadMetrics } from './metrics/thread-metrics.ts';
import { discardDamaged, openStores, type OpenStoresOptions } from './open-stores.ts';
import type { PartitionPlan, TaskPartitions } from './partition-plan.ts';
import type { PreparedSerdes } from './prepared-serdes.ts';
import { changelogsOf } from './restore/changelog.ts';
import { showStandbyMetrics } from './restore/restore-metrics.ts';
import { Restorer } from './restore/restorer.ts';
import { StandbyTask } from './standby-task.ts';
import type { StreamTask } from './stream-task.ts';
import { makeTask } from './task-factory.ts';
import { TaskOpenings, type UnopenedTask } from './task-openings.ts';
import type { LockTask } from './threads/task-holds.ts';

export interface ThreadTasksOptions {
  readonly config: ResolvedConfig;
  /** Of the thread. */
  readonly metrics: ThreadMetrics;
  readonly client: KafkaClient;
  readonly serdes: PreparedSerdes;
  /** Serves the range scans of all tasks. */
  readonly reader: OrderedReader;
  /** Waits until no other thread of this process has a task. */
  readonly lock: LockTask;
  /** Reads what tasks that run process. */
  readonly fetcher: Fetcher;
  /** A store that every task may read, if there is one of that name. */
  readonly globalStore: (name: string) => StateStore | undefined;
}

/** What the tasks that are opened now belong to. */
export interface TaskOwner {
  readonly producer: Producer;
  readonly clusterId: string;
  readonly committed: (partitions: TaskPartitions['sources']) => Promise<readonly CommittedOffset[]>;
}

/** Tasks that are opened or closed at the same time: each asks the cluster and the disk a few things. */
const AT_ONCE = 8;

/**
 * The tasks of a thread. Between two assignments stores stay open: of tasks that stay, and of those that turn from active
 * to standby or back.
 *
 *     (none) → active, restored beside the others → running → standby → active … → closed
 *
 * One that cannot be opened or restored is tried again beside the others (`task-openings.ts`).
 */
export class ThreadTasks {
  readonly active = new Map<string, StreamTask>();
  readonly standbys = new Map<string, StandbyTask>();
  readonly #options: ThreadTasksOptions;
  readonly #restorer: Restorer;
  readonly #held = new Map<string, HeldState>();
  readonly #byPartition = new Map<string, StreamTask>();
  readonly #shown = new Map<string, readonly (() => void)[]>();
  /** Without changelogs, so there is nothing to restore. */
  readonly #ready: string[] = [];
  readonly #openings: TaskOpenings;
  #assignment: Assignment | null = null;
  #plan: PartitionPlan | null = null;
  /** Tasks that are being tried again now. */
  #reopening: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(options: ThreadTasksOptions) {
    this.#options = options;
    const { config, client, fetcher } = options;
    this.#openings = new TaskOpenings(config);
    this.#restorer = new Restorer({
      client,
      clock: config.clock,
      logger: config.logger,
      listener: config.onRestore,
      maxBufferedBytes: config.restoreBufferMaxBytes,
      committed: (partitions) => client.admin.fetchOffsets(config.applicationId, partitions),
      committedEveryMs: config.commitIntervalMs,
      onRecords: (taskId, records) => this.#count(taskId, records),
      wake: () => fetcher.wake(),
    });
  }

  /** The task that processes a partition. */
  of(topic: string, partition: number): StreamTask | undefined {
    return this.#byPartition.get(partitionName(topic, partition));
  }

  /** State that is open and not processed on. */
  *waiting(): Iterable<readonly [string, TaskState]> {
    for (const task of this.active.values()) if (!task.started) yield [task.id, task.state];
    for (const standby of this.standbys.values()) yield [standby.id, standby.state];
  }

  *running(): Iterable<StreamTask> {
    for (const task of this.active.values()) if (task.started) yield task;
  }

  /** Opens what is assigned, and closes what is not any more. New tasks are restored; {@link startRestored} starts them. */
  async settle(assignment: Assignment, owner: TaskOwner): Promise<void> {
    await this.#reopening;
    this.#assignment = assignment;
    this.#plan = assignment.partitionPlan;
    const { tasks, standbys } = assignment;
    const active = new Set(tasks);
    const following = new Set(standbys);
    const gone = [...this.active.values()].filter((task) => !active.has(task.id));
    await eachAtOnce(gone, AT_ONCE, (task) => this.#giveUp(task, following.has(task.id)));
    const unwanted = [...this.standbys.values()].filter((standby) => !following.has(standby.id));
    await eachAtOnce(unwanted, AT_ONCE, (standby) => this.#stopFollowing(standby, active.has(standby.id)));

    this.#openings.keep((id, standby) => (standby ? following : active).has(id));
    await this.#open(
      tasks.filter((id) => !this.active.has(id)),
      standbys.filter((id) => !this.standbys.has(id)),
      assignment,
      owner,
    );
  }

  /** Assigned here and not open, since that failed: they wait for their next try. */
  get unopened(): readonly UnopenedTask[] {
    return this.#openings.waiting;
  }

  /** Whether {@link tryAgain} has something to do. */
  get tryAgainDue(): boolean {
    return this.#failure !== null || this.#restorer.hasFailed || (this.#reopening === null && this.#openings.due);
  }

  /**
   * Closes tasks whose restore has failed, and opens those again that have waited long enough: beside the others, which do
   * not wait for it. @throws what will not pass; TASK_TIMEOUT
   */
  async tryAgain(owner: TaskOwner): Promise<void> {
    if (this.#failure !== null) throw this.#failure.error;
    for (const { taskId, error } of this.#restorer.takeFailed()) {
      const [task, standby] = [this.active.get(taskId), this.standbys.get(taskId)];
      if (task) await this.#giveUp(task, false);
      if (standby) await this.#stopFollowing(standby, false);
      if (task || standby) this.#openings.failed(taskId, standby !== undefined, error);
    }
    const assignment = this.#assignment;
    if (this.#reopening !== null || assignment === null) return;
    const due = new Set(this.#openings.takeDue());
    if (due.size === 0) return;
    const ofThese = (ids: readonly string[]): string[] => ids.filter((id) => due.has(id));
    this.#reopening = this.#open(ofThese(assignment.tasks), ofThese(assignment.standbys), assignment, owner)
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#reopening = null;
        this.#options.fetcher.wake();
      });
  }

  /** Starts tasks whose stores are restored; answers whether all tasks run. @throws what ended the restore */
  startRestored(): boolean {
    for (const id of [...this.#ready.splice(0), ...this.#restorer.takeRestored()]) {
      const task = this.active.get(id);
      if (task && !task.started) this.#start(task);
    }
    for (const task of this.active.values()) if (!task.started) return false;
    return this.active.size === (this.#assignment?.tasks.length ?? 0);
  }

  async closeActive(): Promise<void> {
    await this.#reopening;
    // What is not open is not wanted before the next assignment.
    this.#openings.keep((_id, standby) => standby);
    await eachAtOnce([...this.active.values()], AT_ONCE, (task) => this.#giveUp(task, false));
  }

  /** Everything, for good. */
  async close(): Promise<void> {
    this.#assignment = null;
    await this.closeActive();
    await eachAtOnce([...this.standbys.values()], AT_ONCE, (standby) => this.#stopFollowing(standby, false));
    // What was on its way from one owner to the next when that failed.
    await eachAtOnce([...this.#held], AT_ONCE, async ([id, { state }]) => {
      this.#held.delete(id);
      await state.close().catch((error: unknown) => this.#complain(id, error));
    });
    await this.#restorer.close();
  }

  /** Opens tasks and standbys; those that cannot be opened now are tried again later. @throws what will not pass */
  async #open(
    fresh: readonly string[],
    followed: readonly string[],
    { tasks, standbys, partitionPlan }: Assignment,
    owner: TaskOwner,
  ): Promise<void> {
    const { config } = this.#options;
    const cacheMaxBytes = Math.floor(config.cacheMaxBytes / Math.max(1, tasks.length));
    const memoryMaxBytes = Math.floor(config.storeMemoryMaxBytes / Math.max(1, tasks.length + standbys.length));
    const open = { ...this.#options, clusterId: owner.clusterId, cacheMaxBytes, memoryMaxBytes };
    const sources = fresh.flatMap((id) => partitionPlan.tasks.get(id)?.sources ?? []);
    const committed = sources.length > 0 ? await owner.committed(sources) : [];
    await this.#openEach(fresh, false, async (id) => {
      const assigned = assignedTo(id, partitionPlan);
      await this.#activate(id, assigned, await this.#stores(id, assigned, open), committed, owner.producer);
    });
    // In the order of the assignment, however long each took to open.
    for (const id of fresh) {
      const task = this.active.get(id);
      if (!task) continue;
      this.active.delete(id);
      this.active.set(id, task);
    }
    await this.#openEach(followed, true, async (id) => {
      const assigned = assignedTo(id, partitionPlan);
      this.#follow(id, assigned, await this.#stores(id, assigned, open));
    });
  }

  #openEach(ids: readonly string[], standby: boolean, open: (id: string) => Promise<void>): Promise<void> {
    return eachAtOnce(ids, AT_ONCE, async (id) => {
      try {
        await open(id);
      } catch (error) {
        this.#openings.failed(id, standby, error);
      }
    });
  }

  async #stores(id: string, assigned: TaskPartitions, open: OpenStoresOptions): Promise<HeldState> {
    const held = this.#held.get(id);
    if (held) return held;
    if (this.#openings.isDamaged(id)) await discardDamaged(id, assigned, open);
    return openStores(id, assigned, open);
  }

  /**
   * To be asked when everything is closed: the error that ended the thread, which may pass by itself where it was a task's
   * damaged database and that could be thrown away.
   */
  async revive(error: unknown): Promise<unknown> {
    if (!(error instanceof StreamsError) || !isDamaged(error)) return error;
    const { task } = error.coordinates;
    const assigned = task === undefined ? undefined : this.#plan?.tasks.get(task);
    if (task === undefined || assigned === undefined) return error;
    try {
      if (!(await discardDamaged(task, assigned, this.#options))) return error;
      return new StreamsError(error.code, error.message, { ...error.coordinates, cause: error.cause, retriable: true });
    } catch (failure) {
      this.#complain(task, failure);
      return error;
    }
  }

  async #activate(
    id: string,
    assigned: TaskPartitions,
    held: HeldState,
    committed: readonly CommittedOffset[],
    producer: Producer,
  ): Promise<void> {
    const { config, client, fetcher, serdes, globalStore } = this.#options;
    this.#held.set(id, held);
    let task: StreamTask;
    try {
      const wake = (): void => fetcher.wake();
      task = await makeTask(id, assigned, committed, {
        config,
        client,
        producer,
        fetcher,
        serdes,
        held,
        globalStore,
        wake,
      });
    } catch (error) {
      this.#held.delete(id);
      await held.state.close();
      throw error;
    }
    this.active.set(id, task);
    this.#options.metrics.tasksCreated++;
    task.metrics.restoreRemaining = () => this.#restorer.remaining(id);
    task.metrics.restoring = () =>
      this.#restorer.readings(id).map(({ store, restored, remaining }) => ({ store, restored, remaining }));
    const { metrics, applicationId } = config;
    this.#shown.set(id, [showTaskMetrics(metrics, applicationId, task)]);
    const changelogs = changelogsOf(applicationId, assigned).map((changelog) => ({
      ...changelog,
      stopAt: changelog.source ? (task.queue(changelog.topic, changelog.partition)?.position ?? 0) : null,
    }));
    if (changelogs.length === 0) this.#ready.push(id);
    else this.#restorer.restore({ taskId: id, state: held.state, changelogs });
  }

  #follow(id: string, assigned: TaskPartitions, held: HeldState): void {
    const { metrics, applicationId } = this.#options.config;
    this.#held.set(id, held);
    const standby = new StandbyTask({
      id,
      partition: assigned.partition,
      subTopology: assigned.subTopology,
      state: held.state,
      readings: () => this.#restorer.readings(id),
    });
    this.standbys.set(id, standby);
    this.#shown.set(id, [showStandbyMetrics(metrics, applicationId, standby)]);
    const changelogs = changelogsOf(applicationId, assigned).map((changelog) => ({ ...changelog, stopAt: null }));
    this.#restorer.follow({ taskId: id, state: held.state, changelogs });
  }

  #start(task: StreamTask): void {
    this.#openings.forget(task.id);
    task.start();
    for (const { topic, partition, position } of task.queues) {
      this.#byPartition.set(partitionName(topic, partition), task);
      this.#options.fetcher.add(topic, partition, position);
    }
  }

  /** Its stores stay open where it stands by from now on. */
  async #giveUp(task: StreamTask, standsBy: boolean): Promise<void> {
    for (const { topic, partition } of task.queues) {
      this.#options.fetcher.remove(topic, partition);
      this.#byPartition.delete(partitionName(topic, partition));
    }
    this.active.delete(task.id);
    this.#options.metrics.tasksClosed++;
    this.#hide(task.id);
    await this.#restorer.release(task.id);
    const held = this.#held.get(task.id);
    try {
      if (standsBy && held) {
        await task.release();
        held.own(NO_OWNER);
        return;
      }
    } catch (error) {
      this.#complain(task.id, error);
    }
    this.#held.delete(task.id);
    await task.close().catch((error: unknown) => this.#complain(task.id, error));
  }

  /** Its stores stay open where it is active from now on. */
  async #stopFollowing(standby: StandbyTask, becomesActive: boolean): Promise<void> {
    this.standbys.delete(standby.id);
    this.#hide(standby.id);
    await this.#restorer.release(standby.id);
    if (becomesActive) return;
    this.#held.delete(standby.id);
    await standby.state.close().catch((error: unknown) => this.#complain(standby.id, error));
  }

  #complain(task: string, error: unknown): void {
    this.#options.config.logger.error(
      { task, err: messageOf(error) },
      'a task was not closed in good order; its state is that of the last commit',
    );
  }

  #hide(id: string): void {
    this.#shown.get(id)?.forEach((hide) => hide());
    this.#shown.delete(id);
  }

  #count(taskId: string, records: number): void {
    const task = this.active.get(taskId);
    if (task) task.metrics.restored += records;
    const standby = this.standbys.get(taskId);
    if (standby) standby.updated += records;
  }
}

function assignedTo(id: string, { tasks }: PartitionPlan): TaskPartitions {
  const assigned = tasks.get(id);
  if (assigned) return assigned;
  throw new StreamsError(
    'ILLEGAL_STATE',
    `the leader assigned task ${id}, which this topology does not have: all instances must run the same topology`,
  );
}
