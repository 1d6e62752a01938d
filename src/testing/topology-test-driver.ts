import { setImmediate as nextTurn } from 'node:timers/promises';
import { ManualClock } from '../core/clock.ts';
import { StreamsError } from '../core/errors.ts';
import { type Headers, NO_HEADERS, type RecordContext } from '../core/record.ts';
import type { SchemaRegistry, Serde } from '../core/serde.ts';
import { partitionOf } from '../kafka/wire/murmur2.ts';
import { HeadOrder } from '../runtime/head-order.ts';
import { resolveConfig, type StreamsConfig } from '../runtime/config.ts';
import { brokerTopic } from '../runtime/partition-plan.ts';
import type { RecordSender } from '../runtime/record-collector.ts';
import type { StreamTask } from '../runtime/stream-task.ts';
import type { StoreSpec } from '../state/store-spec.ts';
import type { StateStore } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';
import { memoryChunk, type MemoryRecord } from './memory-chunk.ts';
import { type PipeOptions, type RawRecord, TestInputTopic, TestOutputTopic } from './test-topic.ts';
import { makeTestTasks, type TestTasks, type TestTasksOptions } from './test-tasks.ts';

export interface TestDriverOptions {
  readonly applicationId?: string;
  /** Of each source topic (default 1), or of those named. */
  readonly partitions?: number | Readonly<Record<string, number>>;
  /** Wall clock time at the start, in ms (default 0). */
  readonly startMs?: number;
  /** Write-back caches, flushed after each record (default 0: none). */
  readonly cacheMaxBytes?: number;
  readonly registry?: SchemaRegistry | null;
  /** Handlers and the dead-letter topic, as in the application. */
  readonly streams?: Pick<
    StreamsConfig,
    'deserializationHandler' | 'processingHandler' | 'productionHandler' | 'deadLetterTopic' | 'emitIntervalMs'
  >;
}

interface DriverParts {
  readonly applicationId: string;
  readonly clock: ManualClock;
  readonly make: (committed: TestTasksOptions['committed']) => Promise<TestTasks>;
  readonly partitions: ReadonlyMap<string, number>;
  readonly sinks: Map<string, SinkRow[]>;
}

/** A row that an external sink was given. */
export interface SinkRow {
  readonly key: unknown;
  readonly value: unknown;
  readonly record: RecordContext;
}

/**
 * Runs a whole topology in memory, one record at a time: no broker, no sockets, no timers. The wall clock moves when told
 * to. Unlike Kafka Streams' driver it has as many partitions as asked for, and repartitioning goes through them.
 *
 * @example
 *     const driver = await TopologyTestDriver.create(builder.build());
 *     const input = driver.createInputTopic('words', { key: serdes.string, value: serdes.string });
 *     input.pipe('k', 'hello', { timestamp: 10 });
 *     driver.createOutputTopic('counts', { key: serdes.string, value: serdes.int64 }).readAll();
 *     await driver.close();
 */
export class TopologyTestDriver {
  readonly #applicationId: string;
  readonly #clock: ManualClock;
  readonly #make: DriverParts['make'];
  #global: StreamTask | null = null;
  /** What global topics have: read again after a crash. */
  readonly #globalLog: { readonly topic: string; readonly partition: number; readonly record: MemoryRecord }[] = [];
  readonly #partitions: ReadonlyMap<string, number>;
  #tasks: readonly StreamTask[] = [];
  readonly #sources = new Map<string, StreamTask[]>();
  readonly #outputs = new Map<string, RawRecord[]>();
  readonly #sinks: Map<string, SinkRow[]>;
  readonly #offsets = new Map<string, number>();
  /** Changelogs, and source topics that serve as such: all records, for {@link crash}. */
  readonly #logs = new Map<string, RawRecord[]>();
  /** Over the partitions of all tasks: Kafka Streams' driver has one task. */
  #order = new HeadOrder([]);
  /** What was written since the record in hand: read once that is through. */
  readonly #written: { readonly topic: string; readonly record: RawRecord }[] = [];
  #roundRobin = 0;

  static async create(topology: Topology, options: TestDriverOptions = {}): Promise<TopologyTestDriver> {
    const clock = new ManualClock(options.startMs ?? 0);
    const applicationId = options.applicationId ?? 'test';
    const config = resolveConfig({
      applicationId,
      kafka: { brokers: [] },
      registry: options.registry ?? null,
      cacheMaxBytes: options.cacheMaxBytes ?? 0,
      maxTaskIdleMs: -1,
      clock,
      ...options.streams,
    });
    const sinks = new Map<string, SinkRow[]>();
    let capture: RecordSender['send'] = () => undefined;
    const make: DriverParts['make'] = (committed) =>
      makeTestTasks({
        committed,
        topology,
        config,
        partitions: options.partitions ?? 1,
        sender: { send: (...record) => capture(...record) },
        external: ({ name }) => {
          const rows: SinkRow[] = sinks.get(name) ?? [];
          sinks.set(name, rows);
          return (key, value, record) => rows.push({ key, value, record });
        },
      });
    const made = await make(new Map());
    const driver = new TopologyTestDriver({ applicationId, clock, make, partitions: made.partitions, sinks });
    capture = (...record) => driver.#capture(...record);
    driver.#start(made);
    return driver;
  }

  private constructor(parts: DriverParts) {
    this.#applicationId = parts.applicationId;
    this.#clock = parts.clock;
    this.#make = parts.make;
    this.#partitions = parts.partitions;
    this.#sinks = parts.sinks;
  }

  /**
   * Crashes and comes back: all state is gone and restored from the changelogs, as on a new machine. What was piped is
   * committed, with the calls of async operators that run; what the topics have stays. Stores without a changelog are empty then.
   */
  async crash(): Promise<void> {
    for (const task of this.#tasks) {
      task.prepareCommit();
      task.keepInFlight();
    }
    await this.close();
    const made = await this.#make(new Map(this.#tasks.map((task) => [task.id, task.positions()])));
    const { tasks, global } = made;
    if (global !== null)
      for (const { topic, partition, record } of this.#globalLog) applyOne(global, topic, partition, record);
    for (const { state, subTopology, partition } of tasks) {
      for (const store of subTopology.stores) {
        if (!store.logged) continue;
        const log = this.#logs.get(this.#changelogOf(store)) ?? [];
        const own = log.filter((record) => record.partition === partition);
        state.restore(
          store.name,
          own.flatMap(({ key, ...record }) => (key === null ? [] : [{ key, ...record }])),
        );
        await state.restored(store.name, own.length);
      }
    }
    this.#start(made);
  }

  #start({ tasks, global }: TestTasks): void {
    this.#tasks = tasks;
    this.#global = global;
    this.#order = new HeadOrder(tasks.flatMap(({ queues }) => queues));
    this.#sources.clear();
    for (const { topic } of global?.queues ?? []) this.#sources.set(topic, []);
    for (const task of tasks) {
      for (const { topic } of task.queues) this.#sources.set(topic, [...(this.#sources.get(topic) ?? []), task]);
      for (const store of task.subTopology.stores) {
        const topic = this.#changelogOf(store);
        if (store.logged && !this.#logs.has(topic)) this.#logs.set(topic, []);
      }
    }
    for (const task of tasks) {
      task.start();
      if (task.punctuateStream()) task.prepareCommit();
    }
    this.#run();
  }

  #changelogOf({ name, sourceTopic }: StoreSpec): string {
    return sourceTopic ?? brokerTopic(this.#applicationId, `${name}-changelog`, true);
  }

  createInputTopic<K, V>(topic: string, serdes: { key: Serde<K>; value: Serde<V> }): TestInputTopic<K, V> {
    if (!this.#sources.has(topic)) {
      throw new StreamsError(
        'TOPIC_MISSING',
        `the topology does not read ${topic}; it reads ${[...this.#sources.keys()].join(', ')}`,
      );
    }
    return new TestInputTopic(topic, serdes, (...record) => this.#pipe(...record));
  }

  createOutputTopic<K, V>(topic: string, serdes: { key: Serde<K>; value: Serde<V> }): TestOutputTopic<K, V> {
    return new TestOutputTopic(topic, serdes, this.#records(topic));
  }

  /** What was written to an internal topic, by its name without the application id. */
  createInternalOutput<K, V>(topic: string, serdes: { key: Serde<K>; value: Serde<V> }): TestOutputTopic<K, V> {
    return this.createOutputTopic(brokerTopic(this.#applicationId, topic, true), serdes);
  }

  /** Takes what an external sink was given so far. */
  readSink(name: string): SinkRow[] {
    return this.#sinks.get(name)?.splice(0) ?? [];
  }

  /** Names of the topics that were written to. */
  get producedTopics(): string[] {
    return [...this.#outputs.keys()];
  }

  /** Moves the wall clock, and with it wall-clock punctuators. */
  advanceWallClock(ms: number): void {
    this.#clock.advance(ms);
    for (const task of this.#tasks) {
      if (task.punctuate()) task.prepareCommit();
    }
    this.#run();
  }

  /** The store of that name in a partition's task. @throws STORE_UNKNOWN */
  store<S extends StateStore = StateStore>(name: string, partition = 0): S {
    if (this.#global?.subTopology.stores.some((store) => store.name === name)) return this.#global.state.store<S>(name);
    const task = this.#tasks.find(
      ({ partition: own, subTopology }) => own === partition && subTopology.stores.some((store) => store.name === name),
    );
    if (!task) throw new StreamsError('STORE_UNKNOWN', `the topology has no store ${name} in partition ${partition}`);
    return task.state.store<S>(name);
  }

  /**
   * Gives async operators turns of the event loop, and processes what comes of them, until several turns in a row bring
   * nothing. Calls that wait for real time or I/O may need more: await them in the test, then settle.
   */
  async settle(): Promise<void> {
    const quiet = 5;
    for (let still = 0; still < quiet;) {
      await nextTurn();
      still = this.#run() ? 0 : still + 1;
    }
  }

  async close(): Promise<void> {
    for (const task of this.#tasks) await task.close();
    await this.#global?.close();
  }

  #pipe(topic: string, key: Buffer | null, value: Buffer | null, options: PipeOptions): void {
    const count = this.#partitions.get(topic) ?? 1;
    const partition = options.partition ?? (key ? partitionOf(key, count) : this.#roundRobin++ % count);
    const timestamp = options.timestamp ?? this.#clock.now();
    const record: RawRecord = { key, value, timestamp, headers: options.headers ?? NO_HEADERS, partition };
    this.#logs.get(topic)?.push(record);
    this.#deliver(topic, record);
    this.#run();
  }

  #capture(
    topic: string,
    partition: number,
    key: Buffer | null,
    value: Buffer | null,
    timestamp: number,
    headers: Headers,
  ): void {
    const record: RawRecord = { key, value, timestamp, headers, partition };
    this.#records(topic).push(record);
    this.#logs.get(topic)?.push(record);
    this.#written.push({ topic, record });
  }

  #deliver(topic: string, record: RawRecord): void {
    const { partition } = record;
    const name = `${topic}-${partition}`;
    const offset = this.#offsets.get(name) ?? 0;
    this.#offsets.set(name, offset + 1);
    if (this.#global?.queue(topic, partition)) {
      this.#globalLog.push({ topic, partition, record: { ...record, offset } });
      applyOne(this.#global, topic, partition, { ...record, offset });
    }
    for (const task of this.#sources.get(topic) ?? []) {
      const queue = task.queue(topic, partition);
      if (!queue) continue;
      queue.push(memoryChunk(topic, partition, { ...record, offset }));
      this.#order.offerReady();
    }
  }

  /** Processes until nothing is left, always the oldest record of all tasks next, as Kafka Streams' driver does. */
  #run(): boolean {
    let ran = false;
    for (;;) {
      for (const task of this.#tasks) {
        if (!task.runSteps()) continue;
        task.prepareCommit();
        ran = true;
      }
      this.#deliverWritten();
      this.#order.offerReady();
      if (!this.#processOldest()) return ran;
      ran = true;
    }
  }

  #processOldest(): boolean {
    let oldest: StreamTask | null = null;
    for (const task of this.#tasks) {
      if (task.nextTimestamp < (oldest?.nextTimestamp ?? Infinity)) oldest = task;
    }
    if (!oldest) return false;
    // Of several partitions whose first records are as old, the one that Kafka Streams takes.
    const { first } = this.#order;
    const owner = first && this.#tasks.find(({ queues }) => queues.includes(first));
    if (first?.record?.timestamp === oldest.nextTimestamp && owner?.nextTimestamp === oldest.nextTimestamp) {
      this.#order.take(first);
      oldest = owner;
      if (owner.process(1, first) === 0) return false;
      this.#order.offerReady();
    } else {
      // A bucket of a retry, which may have to wait and so stands in no order.
      this.#order.clear();
      if (oldest.process(1) === 0) return false;
    }
    oldest.prepareCommit();
    return true;
  }

  #deliverWritten(): void {
    for (const { topic, record } of this.#written.splice(0)) this.#deliver(topic, record);
  }

  #records(topic: string): RawRecord[] {
    const records = this.#outputs.get(topic) ?? [];
    this.#outputs.set(topic, records);
    return records;
  }
}

/** Global stores follow their topic at once. */
function applyOne(global: StreamTask, topic: string, partition: number, record: MemoryRecord): void {
  global.push(memoryChunk(topic, partition, record));
  global.process(1);
}
