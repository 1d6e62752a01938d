import type { Clock } from '../core/clock.ts';
import type { PartitionOffset, RecordContext } from '../core/record.ts';
import type { Tracing } from '../core/tracing.ts';
import type { CommittedOffset, FetchedChunk } from '../kafka/client.ts';
import type { Forward } from '../processors/processor.ts';
import type { StateStore } from '../state/store.ts';
import type { TaskState } from '../state/task-state.ts';
import type { ExternalSinkNode, SubTopology } from '../topology/topology.ts';
import { AsyncSlots } from './async-slots.ts';
import { DelayedRecords } from './delayed-records.ts';
import { HeadOrder } from './head-order.ts';
import { measuredStore } from './metrics/store-metrics.ts';
import { encodeOffsetMetadata } from './offset-metadata.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { ProcessorGraph } from './processor-graph.ts';
import { Punctuations } from './punctuations.ts';
import type { RecordCollector } from './record-collector.ts';
import type { SinkFlow } from './sink-flow.ts';
import type { TaskFaults } from './task-faults.ts';
import type { TaskMetrics } from './task-metrics.ts';
import type { TaskRetries } from './task-retries.ts';

export interface StreamTaskOptions {
  readonly id: string;
  readonly applicationId: string;
  readonly partition: number;
  readonly subTopology: SubTopology;
  readonly queues: readonly PartitionQueue[];
  readonly state: TaskState;
  readonly collector: RecordCollector;
  readonly faults: TaskFaults;
  readonly retries: TaskRetries;
  readonly metrics: TaskMetrics;
  /** Default none. */
  readonly tracing?: Tracing | null;
  readonly clock: Clock;
  /** KIP-695: how long to wait for an empty partition that has nothing more on the broker; -1: never wait at all. */
  readonly maxTaskIdleMs: number;
  /** A store that every task may read, if there is one of that name. */
  readonly globalStore: (name: string) => StateStore | undefined;
  readonly wake: () => void;
  /** Set for the task of an external sink. */
  readonly flow: SinkFlow | null;
  /** Takes the place of the flow where nothing external is written (the test driver). */
  readonly external?: (node: ExternalSinkNode) => Forward<unknown, unknown>;
  /** Least wall clock time between two looks for windows that have closed, in ms. */
  readonly emitIntervalMs: number;
  /** What operators asked to remember beside the committed positions, as of then. */
  readonly remembered: ReadonlyMap<string, number>;
  /** What the steps that other code asked for (`later`) are put into. */
  readonly steps: (() => void)[];
}

/**
 * One task: a sub-topology at work on one partition of its source topics. Everything here runs on the thread's loop and
 * is synchronous; the thread decides when.
 *
 * Life: made → `start` (after its stores are restored) → `process`, `punctuate`, `runSteps` … → `prepareCommit` /
 * `committed` each interval → `close`.
 */
export class StreamTask {
  readonly id: string;
  readonly partition: number;
  readonly subTopology: SubTopology;
  readonly state: TaskState;
  readonly metrics: TaskMetrics;
  readonly collector: RecordCollector;
  readonly queues: readonly PartitionQueue[];
  readonly delayed: DelayedRecords;
  readonly #options: StreamTaskOptions;
  readonly #graph: ProcessorGraph;
  readonly #punctuations: Punctuations;
  readonly #async: AsyncSlots;
  readonly #enter = new Map<PartitionQueue, Forward<unknown, unknown>>();
  readonly #remembered: Map<string, number>;
  /** null: there is one partition only. */
  readonly #order: HeadOrder | null;
  #streamTime = -1;
  #current: PartitionQueue | null = null;
  #idleSince: number | null = null;
  #enforced = false;
  #dirty = false;
  #committedSkips = 0;
  #positions: readonly CommittedOffset[] = [];
  readonly flow: SinkFlow | null;
  /** What the last commit said; empty before the first. */
  committedOffsets: readonly CommittedOffset[] = [];
  commitRequested = false;
  started = false;

  constructor(options: StreamTaskOptions) {
    this.id = options.id;
    this.partition = options.partition;
    this.subTopology = options.subTopology;
    this.state = options.state;
    this.metrics = options.metrics;
    this.collector = options.collector;
    this.queues = options.queues;
    this.delayed = new DelayedRecords(options.queues, options.clock);
    this.#order = options.queues.length > 1 ? new HeadOrder(options.queues) : null;
    this.flow = options.flow;
    this.#options = options;
    this.#remembered = new Map(options.remembered);
    this.#punctuations = new Punctuations(options.clock);
    this.#async = new AsyncSlots(options.wake);
    this.#graph = new ProcessorGraph({
      applicationId: options.applicationId,
      taskId: options.id,
      partition: options.partition,
      subTopology: options.subTopology,
      store: (name) => this.#store(name),
      punctuations: this.#punctuations,
      async: this.#async,
      emission: {
        intervalMs: options.emitIntervalMs,
        remembered: (name) => this.#remembered.get(name) ?? null,
        remember: (name, time) => void this.#remembered.set(name, time),
      },
      faults: options.faults,
      metrics: options.metrics,
      tracing: options.tracing ?? null,
      streamTime: () => this.#streamTime,
      now: () => options.clock.now(),
      globalStore: options.globalStore,
      requestCommit: () => {
        this.commitRequested = true;
      },
      sink: (node) => options.collector.sink(node),
      external: (node) => options.external?.(node) ?? ((key, value, record) => options.flow?.write(key, value, record)),
    });
    for (const queue of options.queues) {
      this.#enter.set(queue, this.#graph.source(queue.node.name));
      if (queue.processedTime > this.#streamTime) this.#streamTime = queue.processedTime;
    }
  }

  #store(name: string): StateStore {
    const { metrics, state } = this.#options;
    const store = state.store(name);
    return metrics.debug ? measuredStore(store, metrics.store(name)) : store;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  start(): void {
    this.started = true;
    this.#graph.init();
  }

  queue(topic: string, partition: number): PartitionQueue | undefined {
    return this.queues.find((queue) => queue.topic === topic && queue.partition === partition);
  }

  push(chunk: FetchedChunk): void {
    this.queue(chunk.topic, chunk.partition)?.push(chunk);
    this.#order?.offerReady();
  }

  /** The timestamp of the record that would be processed next; Infinity when there is none. */
  get nextTimestamp(): number {
    const queue = this.#held ? null : this.#choose();
    return queue ? timeOf(queue) : Infinity;
  }

  /** The time of the record that is being processed, or stream time between two records. */
  get currentTimestamp(): number {
    return this.#current?.record?.timestamp ?? Math.max(0, this.#streamTime);
  }

  /** The bytes of the record that is being processed, if it is this one. */
  rawOf(record: RecordContext): readonly [Buffer | null, Buffer | null] {
    const queue = this.#current;
    if (!queue || queue.record?.offset !== record.offset || queue.topic !== record.topic) return [null, null];
    return [queue.rawKey, queue.rawValue];
  }

  /**
   * Processes up to `limit` records in the order of their timestamps; answers how many. `first` says which partition to
   * begin with, where several are as old.
   */
  process(limit: number, first: PartitionQueue | null = null): number {
    let done = 0;
    const { metrics } = this;
    const { tracing = null } = this.#options;
    metrics.time.refresh();
    while (done < limit && !this.#held) {
      const queue = done === 0 && first !== null ? first : this.#choose();
      if (!queue?.record) break;
      const { key, value, record } = queue;
      this.#order?.take(queue);
      if (record.timestamp > this.#streamTime) this.#streamTime = record.timestamp;
      if (this.#enforced) metrics.enforced++;
      if (metrics.debug) metrics.lateness.record(this.#streamTime - record.timestamp);
      this.#current = queue;
      if (tracing === null) this.#enter.get(queue)?.(key, value, record);
      else this.#traced(tracing, queue, key, value, record);
      this.#current = null;
      queue.take();
      done++;
      if (this.#punctuations.hasStream) this.#punctuations.punctuateStream(this.#streamTime);
    }
    if (done > 0) {
      this.#order?.offerReady();
      this.metrics.processed += done;
      this.#dirty = true;
    }
    return done;
  }

  #traced(tracing: Tracing, queue: PartitionQueue, key: unknown, value: unknown, record: RecordContext): void {
    const enter = this.#enter.get(queue);
    const taken = tracing.consumed(record, { applicationId: this.#options.applicationId, task: this.id });
    if (taken === null) {
      enter?.(key, value, record);
      return;
    }
    try {
      enter?.(key, value, taken.record);
      taken.end();
    } catch (error) {
      taken.end(error);
      throw error;
    }
  }

  get #held(): boolean {
    return this.#async.held || this.collector.blocked || (this.flow?.held ?? false);
  }

  /** The partition whose first record is oldest, once none is missing that may hold an older one. */
  #choose(): PartitionQueue | null {
    const { queues } = this;
    const [only] = queues;
    if (queues.length === 1 && only) return only.ready && this.delayed.due(only) ? only : null;
    let least = Infinity;
    let delayed: PartitionQueue | null = null;
    let missing = false;
    for (let index = 0; index < queues.length; index++) {
      const queue = queues[index];
      if (queue?.ready !== true) {
        if (queue !== undefined && queue.lag > 0) missing = true;
      } else if (queue.notBefore === 0) {
        this.#order?.offer(index);
        least = Math.min(least, timeOf(queue));
      } else if (this.delayed.due(queue) && (delayed === null || timeOf(queue) < timeOf(delayed))) {
        delayed = queue;
      }
    }
    const first = least === Infinity ? undefined : this.#order?.firstAt(least);
    const best = delayed !== null && timeOf(delayed) < least ? delayed : (first ?? delayed);
    if (best === null || this.#options.maxTaskIdleMs < 0) return best;
    return missing || this.#waitsForMore() ? null : best;
  }

  /** With maxTaskIdleMs above 0, waits that long for a partition that has nothing more on the broker. */
  #waitsForMore(): boolean {
    const { maxTaskIdleMs, clock } = this.#options;
    this.#enforced = false;
    if (maxTaskIdleMs === 0 || this.queues.every((queue) => queue.ready)) {
      this.#idleSince = null;
      return false;
    }
    this.#idleSince ??= clock.monotonic();
    this.#enforced = clock.monotonic() - this.#idleSince >= maxTaskIdleMs;
    return !this.#enforced;
  }

  /** Handles results of async calls and steps that waited for I/O; answers whether there were any. */
  runSteps(): boolean {
    const { steps } = this.#options;
    let ran = false;
    while (steps.length > 0) {
      steps.shift()?.();
      ran = true;
    }
    if (this.#async.runReady()) ran = true;
    if (ran) this.#dirty = true;
    return ran;
  }

  punctuate(): boolean {
    if (!this.#punctuations.wallDue) return false;
    return this.#punctuated(() => this.#punctuations.punctuateWall());
  }

  /** Runs stream-time punctuators that are due without a record: at first where stream time goes on after a restart. */
  punctuateStream(): boolean {
    if (!this.#punctuations.streamDue(this.#streamTime)) return false;
    return this.#punctuated(() => this.#punctuations.punctuateStream(this.#streamTime));
  }

  #punctuated(punctuate: () => boolean): boolean {
    // A punctuator that found nothing to do leaves nothing to commit.
    const before = this.collector.sent + this.state.uncommittedBytes;
    const ran = punctuate();
    if (this.collector.sent + this.state.uncommittedBytes !== before) this.#dirty = true;
    return ran;
  }

  /** When the task wants to be looked at next without a new record, in ms since the epoch. */
  nextWakeUp(): number {
    return Math.min(this.#punctuations.nextWall(), this.delayed.nextDue());
  }

  /** Whether there is something a commit would change. */
  get dirty(): boolean {
    return (
      this.#dirty || this.commitRequested || this.#skipped() !== this.#committedSkips || (this.flow?.moved ?? false)
    );
  }

  /** Records that were dropped before a node saw them: the position has passed them, and a dead letter may be on its way. */
  #skipped(): number {
    let skipped = 0;
    for (const queue of this.queues) skipped += queue.skipped;
    return skipped;
  }

  /** Calls in flight, open batches, records that wait to be due or decoded, changes not committed. */
  get unfinished(): number {
    let waiting = this.#async.unfinished;
    for (const queue of this.queues) waiting += queue.lag + (queue.ready ? 1 : 0);
    if (this.flow) waiting += this.flow.unfinished;
    return waiting + (this.dirty ? 1 : 0) + (this.collector.blocked ? 1 : 0);
  }

  get asyncUnfinished(): number {
    return this.#async.unfinished;
  }

  /** Step 1 of a commit: caches go to the changelog and downstream. */
  prepareCommit(): void {
    this.state.flush();
  }

  /**
   * Step 3 of a commit, with all output acknowledged: async operators write what is in flight into their stores, and
   * forget what is done. Answers whether there is something to flush again.
   */
  keepInFlight(): boolean {
    if (!this.#async.runAfterFlush()) return false;
    this.state.flush();
    return true;
  }

  /** The positions a commit would say now: of an external sink, those that are in the table. */
  positions(): CommittedOffset[] {
    const positions = this.flow ? this.flow.flushed() : this.consumed();
    const remembered = this.#remembered;
    const said = positions.map((position) => {
      const partitionTime = this.queue(position.topic, position.partition)?.processedTime ?? -1;
      return { ...position, metadata: encodeOffsetMetadata({ partitionTime, remembered }) };
    });
    this.#positions = said;
    return said;
  }

  consumed(): PartitionOffset[] {
    return this.queues.map(({ topic, partition, position }) => ({ topic, partition, offset: position }));
  }

  committed(): void {
    this.metrics.commits++;
    this.committedOffsets = this.#positions;
    this.#dirty = false;
    this.#committedSkips = this.#skipped();
    this.commitRequested = false;
  }

  /** Gives everything back and closes the state as it was at the last commit, whatever a processor or a sink throws. */
  async close(): Promise<void> {
    try {
      await this.release();
    } finally {
      await this.state.close();
    }
  }

  /** Gives everything back but the state, which stays open as it was at the last commit: for its next owner. */
  async release(): Promise<void> {
    this.#options.retries.close();
    for (const queue of this.queues) queue.clear();
    this.#async.close();
    try {
      if (this.started) this.#graph.close();
    } finally {
      await this.flow?.close();
      this.state.rollback();
    }
  }
}

function timeOf(queue: PartitionQueue): number {
  return queue.record?.timestamp ?? Infinity;
}
