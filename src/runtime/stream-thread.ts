import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf, StreamsError } from '../core/errors.ts';
import { partitionName } from '../core/record.ts';
import type { FetchedChunk, Fetcher, KafkaClient, Producer } from '../kafka/client.ts';
import type { TopologyPlan } from '../topology/topology.ts';
import { showTaskMetrics } from './app-metrics.ts';
import { commitAtLeastOnce, commitExactlyOnce, sendEverything } from './commit.ts';
import type { ResolvedConfig } from './config.ts';
import { type Assignment, GroupSession } from './group-session.ts';
import { GlobalStores } from './global-stores.ts';
import { brokerTopic } from './partition-plan.ts';
import { positionsAfterCut } from './positions-after-cut.ts';
import { PreparedSerdes } from './prepared-serdes.ts';
import type { StateStore } from '../state/store.ts';
import { createOrderedReader } from '../state/create-ordered-reader.ts';
import { restoreStores } from './restore.ts';
import { SourceWatch } from './source-watch.ts';
import type { StreamTask } from './stream-task.ts';
import { makeTask } from './task-factory.ts';

export type ThreadState = 'CREATED' | 'STARTING' | 'REBALANCING' | 'RESTORING' | 'RUNNING' | 'STOPPING' | 'DEAD';

export interface StreamThreadOptions {
  readonly client: KafkaClient;
  readonly config: ResolvedConfig;
  readonly plan: TopologyPlan;
  readonly processId: string;
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
  #producer: Producer;
  readonly #exactlyOnce: boolean;
  readonly #serdes: PreparedSerdes;
  readonly #reader = createOrderedReader();
  #global: GlobalStores | null = null;
  readonly #tasks = new Map<string, StreamTask>();
  readonly #byPartition = new Map<string, StreamTask>();
  readonly #shown = new Map<string, () => void>();
  readonly #sources: SourceWatch;
  readonly #cut: FetchedChunk[] = [];
  #clusterId = '';
  #stopping = false;
  #joining = false;
  #committedAt: number;
  state: ThreadState = 'CREATED';

  constructor(options: StreamThreadOptions) {
    this.#options = options;
    const { client, config, plan, processId } = options;
    this.#fetcher = client.fetcher({ maxBufferedBytes: config.inputBufferMaxBytes });
    this.#exactlyOnce = config.processingGuarantee === 'exactly_once_v2';
    this.#producer = this.#makeProducer();
    this.#serdes = new PreparedSerdes(config.registry, client.admin);
    this.#sources = new SourceWatch({ client, config, plan, wake: () => this.#fetcher.wake() });
    this.#session = new GroupSession({ client, config, plan, processId, tasks: () => this.#knownTasks() });
    this.#committedAt = config.clock.monotonic();
  }

  /** The task that fills the global stores, once they are loaded; null where there are none. */
  get global(): StreamTask | null {
    return this.#global?.task ?? null;
  }

  get tasks(): ReadonlyMap<string, StreamTask> {
    return this.#tasks;
  }

  /** Asks the loop to end after its current turn: it commits, leaves the group, and `run` resolves. */
  stop(): void {
    this.#stopping = true;
    this.#fetcher.wake();
    // The coordinator may hold a join back for minutes; whoever is joining has nothing to finish.
    if (this.#joining) void this.#session.member.leave().catch(() => undefined);
  }

  async run(): Promise<void> {
    const { member } = this.#session;
    member.onRebalance = () => this.#fetcher.wake();
    this.#to('STARTING');
    try {
      this.#clusterId = await this.#options.client.admin.clusterId();
      await this.#producer.init();
      if (this.#exactlyOnce) this.#producer.beginTransaction();
      const { client, config, plan } = this.#options;
      const stopped = (): boolean => this.#stopping;
      this.#global = await GlobalStores.open({ plan, client, config, serdes: this.#serdes, stopped });
      await this.#rebalance();
      while (!this.#stopping) {
        if (member.lost || member.rejoinNeeded || this.#sources.changed) await this.#rebalance();
        else await this.#turn();
      }
      this.#to('STOPPING');
      await this.#leaveInOrder();
    } catch (error) {
      if (!this.#stopping || !this.#joining) throw error;
    } finally {
      await this.#end();
    }
  }

  /** Gives everything back, each thing whatever became of the one before it. */
  async #end(): Promise<void> {
    await this.#closeTasks([...this.#tasks.values()]);
    const parts: readonly [string, () => Promise<void>][] = [
      ['global stores', async () => this.#global?.close()],
      ['reader', () => this.#reader.stop()],
      ['fetcher', () => this.#fetcher.close()],
      ['producer', () => this.#producer.close()],
      ['member', () => this.#session.member.leave()],
    ];
    for (const [part, close] of parts) {
      await close().catch((error: unknown) => {
        this.#options.config.logger.debug({ part, err: messageOf(error) }, 'could not be closed in good order');
      });
    }
    this.#to('DEAD');
  }

  #makeProducer(): Producer {
    const { client, config, processId } = this.#options;
    const transaction = {
      transactionalId: `${config.applicationId}-${processId}-1`,
      transactionTimeoutMs: config.transactionTimeoutMs,
    };
    return client.producer({
      lingerMs: config.lingerMs,
      compression: config.compression,
      ...(this.#exactlyOnce ? transaction : {}),
    });
  }

  async #turn(): Promise<void> {
    const { clock } = this.#options.config;
    const until = clock.monotonic() + SLICE_MS;
    let worked = false;
    do {
      this.#receive();
      const changed = this.#global?.turn() ?? false;
      worked = this.#work() || changed;
    } while (worked && clock.monotonic() < until);
    if (this.#cut.length > 0) await this.#goOnAfterCuts();
    if (this.#commitDue()) await this.#commitOrDrop();
    if (this.#session.member.membership?.leader) this.#sources.look();
    if (!this.#producer.ready) await this.#producer.drained();
    if (worked) await nextTurn();
    else await this.#arrival();
  }

  async #arrival(): Promise<void> {
    const pause = this.#pauseMs();
    const here = this.#fetcher.arrival(pause);
    if (this.#global === null) await here;
    else await Promise.race([here, this.#global.arrival(pause)]);
  }

  #receive(): void {
    for (const chunk of this.#fetcher.poll()) {
      if (chunk.error) {
        this.#unreadable(chunk, chunk.error);
        continue;
      }
      const task = this.#byPartition.get(partitionName(chunk.topic, chunk.partition));
      if (task) task.push(chunk);
      else this.#fetcher.release(chunk);
    }
  }

  #unreadable(chunk: FetchedChunk, error: Error): void {
    const { lostOffset } = this.#options.config;
    const lost = error instanceof StreamsError && error.code === 'OFFSET_OUT_OF_RANGE';
    if (!lost || lostOffset === 'fail') throw error;
    this.#cut.push(chunk);
    this.#fetcher.release(chunk);
  }

  async #goOnAfterCuts(): Promise<void> {
    const { client, config } = this.#options;
    const found = await positionsAfterCut(
      client.admin,
      this.#cut.splice(0),
      config.lostOffset === 'latest' ? 'latest' : 'earliest',
    );
    for (const { topic, partition, offset, endOffset } of found) {
      const queue = this.#byPartition.get(partitionName(topic, partition))?.queue(topic, partition);
      if (!queue) continue;
      config.logger.warn({ topic, partition, offset }, 'records were deleted before they were read');
      queue.moveTo(offset, endOffset);
      this.#fetcher.add(topic, partition, offset);
    }
  }

  #work(): boolean {
    let worked = false;
    for (const task of this.#tasks.values()) {
      if (task.runSteps()) worked = true;
      task.flow?.tick(() => task.consumed());
      if (task.punctuate()) worked = true;
      if (this.#producer.ready && task.process(TURN_RECORDS) > 0) worked = true;
    }
    return worked;
  }

  #pauseMs(): number {
    const now = this.#options.config.clock.now();
    let pause = IDLE_MS;
    for (const task of this.#tasks.values()) pause = Math.min(pause, Math.max(1, task.nextWakeUp() - now));
    return pause;
  }

  #commitDue(): boolean {
    const { clock, commitIntervalMs, uncommittedMaxBytes } = this.#options.config;
    const due = clock.monotonic() - this.#committedAt >= commitIntervalMs;
    for (const task of this.#tasks.values()) {
      if (task.commitRequested || (due && task.dirty) || task.state.uncommittedBytes > uncommittedMaxBytes) return true;
    }
    return false;
  }

  async #commit(): Promise<void> {
    const { config } = this.#options;
    const tasks = [...this.#tasks.values()].filter((task) => task.started && task.dirty);
    await sendEverything(tasks);
    const commit = this.#exactlyOnce ? commitExactlyOnce : commitAtLeastOnce;
    await commit({
      tasks,
      producer: this.#producer,
      member: this.#session.member,
      changelog: (store) => brokerTopic(config.applicationId, `${store}-changelog`, true),
    });
    this.#committedAt = config.clock.monotonic();
  }

  /** Joins (again): tasks that stay keep their stores open and what they have buffered. */
  async #rebalance(): Promise<void> {
    const { config } = this.#options;
    const { member } = this.#session;
    this.#to('REBALANCING');
    if (member.lost) await this.#drop();
    else await this.#commitOrDrop();
    const assignment = await this.#join();
    const wanted = new Set(assignment.tasks);
    await this.#closeTasks([...this.#tasks.values()].filter((task) => !wanted.has(task.id)));
    await this.#openTasks(assignment);
    this.#to('RESTORING');
    const fresh = [...this.#tasks.values()].filter((task) => !task.started);
    await this.#restore(fresh);
    if (this.#stopping || member.rejoinNeeded) return;
    for (const task of fresh) this.#startTask(task);
    config.logger.info({ tasks: assignment.tasks }, 'running');
    this.#committedAt = config.clock.monotonic();
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
    this.#joining = false;
    const now = member.membership;
    const missed = now?.memberId !== before?.memberId || (now?.generationId ?? 0) > (before?.generationId ?? 0) + 1;
    if (missed) await this.#closeTasks([...this.#tasks.values()]);
    this.#sources.joined(assignment.partitionPlan);
    return assignment;
  }

  /** The thread's commit. When the group has moved on already, the work since the last commit belongs to the next owner. */
  async #commitOrDrop(): Promise<void> {
    try {
      if ([...this.#tasks.values()].some((task) => task.started && task.dirty)) await this.#commit();
    } catch (error) {
      const moved =
        error instanceof StreamsError && (error.code === 'FENCED' || error.kafkaError === 'REBALANCE_IN_PROGRESS');
      if (!moved) throw error;
      this.#options.config.logger.warn(
        { err: error.message },
        'the group moved on before this commit: its work is repeated',
      );
      await this.#drop();
    }
  }

  /** The coordinator has forgotten this member: what it did since the last commit is the next owner's to do again. */
  async #drop(): Promise<void> {
    await this.#closeTasks([...this.#tasks.values()]);
    if (this.#exactlyOnce) {
      await this.#producer.abortTransaction();
      this.#producer.beginTransaction();
      return;
    }
    // What waits in the producer must not follow what the next owner writes.
    await this.#producer.close();
    if (this.#stopping) return;
    this.#producer = this.#makeProducer();
    await this.#producer.init();
  }

  async #openTasks({ tasks, partitionPlan }: Assignment): Promise<void> {
    const { client, config } = this.#options;
    const missing = tasks.filter((id) => !this.#tasks.has(id));
    const sources = missing.flatMap((id) => partitionPlan.tasks.get(id)?.sources ?? []);
    const committed = sources.length > 0 ? await this.#session.member.committed(sources) : [];
    for (const id of missing) {
      const assigned = partitionPlan.tasks.get(id);
      if (!assigned)
        throw new StreamsError(
          'ILLEGAL_STATE',
          `the leader assigned task ${id}, which this topology does not have: all instances must run the same topology`,
        );
      const task = await makeTask(id, assigned, committed, {
        config,
        client,
        producer: this.#producer,
        fetcher: this.#fetcher,
        serdes: this.#serdes,
        partitionPlan,
        clusterId: this.#clusterId,
        cacheMaxBytes: Math.floor(config.cacheMaxBytes / Math.max(1, tasks.length)),
        reader: this.#reader,
        globalStore: (name) => this.#globalStore(name),
        wake: () => this.#fetcher.wake(),
      });
      this.#tasks.set(id, task);
      this.#shown.set(id, showTaskMetrics(config.metrics, config.applicationId, task));
    }
  }

  async #restore(tasks: readonly StreamTask[]): Promise<void> {
    const { client, config } = this.#options;
    const targets = tasks.flatMap((task) =>
      task.subTopology.stores
        .filter((store) => store.logged)
        .map(({ name, sourceTopic }) => ({
          store: name,
          state: task.state,
          taskId: task.id,
          topic: sourceTopic ?? brokerTopic(config.applicationId, `${name}-changelog`, true),
          partition: task.partition,
          // What the task reads itself from there on is no history yet.
          end: sourceTopic === undefined ? null : (task.queue(sourceTopic, task.partition)?.position ?? 0),
        })),
    );
    await restoreStores({
      client,
      targets,
      logger: config.logger,
      onProgress: ({ taskId }, records) => {
        const task = this.#tasks.get(taskId);
        if (task) task.metrics.restored += records;
      },
      stopped: () => this.#stopping || this.#session.member.rejoinNeeded,
    });
  }

  #startTask(task: StreamTask): void {
    task.start();
    for (const { topic, partition, position } of task.queues) {
      this.#byPartition.set(partitionName(topic, partition), task);
      this.#fetcher.add(topic, partition, position);
    }
  }

  async #leaveInOrder(): Promise<void> {
    for (const task of this.#tasks.values()) {
      if (task.started) await task.flow?.drain(() => task.consumed()).catch((error: unknown) => this.#undrained(error));
    }
    await this.#commitOrDrop();
  }

  #undrained(error: unknown): void {
    if (!(error instanceof StreamsError) || !error.retriable) throw error;
    this.#options.config.logger.warn({ err: error.message }, 'a sink was not flushed: its records are read again');
  }

  async #closeTasks(tasks: readonly StreamTask[]): Promise<void> {
    for (const task of tasks) {
      for (const { topic, partition } of task.queues) {
        this.#fetcher.remove(topic, partition);
        this.#byPartition.delete(partitionName(topic, partition));
      }
      this.#tasks.delete(task.id);
      this.#shown.get(task.id)?.();
      this.#shown.delete(task.id);
      await task.close().catch((error: unknown) => {
        this.#options.config.logger.error(
          { task: task.id, err: messageOf(error) },
          'a task was not closed in good order; its state is that of the last commit',
        );
      });
    }
  }

  #globalStore(name: string): StateStore | undefined {
    const task = this.#global?.task;
    return task?.subTopology.stores.some((store) => store.name === name) ? task.state.store(name) : undefined;
  }

  #knownTasks(): string[] {
    return [...new Set([...this.#tasks.keys(), ...this.#options.localTasks()])];
  }

  #to(state: ThreadState): void {
    this.state = state;
    this.#options.onState(state);
  }
}
