import { setImmediate as nextTurn } from 'node:timers/promises';
import { ManualClock } from '../core/clock.ts';
import { StreamsError } from '../core/errors.ts';
import { type Headers, NO_HEADERS, type RecordContext } from '../core/record.ts';
import type { SchemaRegistry, Serde } from '../core/serde.ts';
import { partitionOf } from '../kafka/wire/murmur2.ts';
import { resolveConfig, type StreamsConfig } from '../runtime/config.ts';
import { brokerTopic } from '../runtime/partition-plan.ts';
import type { RecordSender } from '../runtime/record-collector.ts';
import type { StreamTask } from '../runtime/stream-task.ts';
import type { StateStore } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';
import { memoryChunk } from './memory-chunk.ts';
import { type PipeOptions, type RawRecord, TestInputTopic, TestOutputTopic } from './test-topic.ts';
import { makeTestTasks, type TestTasks } from './test-tasks.ts';

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
  readonly #tasks: StreamTask[] = [];
  readonly #partitions: ReadonlyMap<string, number>;
  readonly #sources = new Map<string, StreamTask[]>();
  readonly #outputs = new Map<string, RawRecord[]>();
  readonly #sinks: Map<string, SinkRow[]>;
  readonly #offsets = new Map<string, number>();
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
    const made = await makeTestTasks({
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
    const driver = new TopologyTestDriver(applicationId, clock, made, sinks);
    capture = (...record) => driver.#capture(...record);
    for (const task of driver.#tasks) task.start();
    driver.#run();
    return driver;
  }

  private constructor(applicationId: string, clock: ManualClock, made: TestTasks, sinks: Map<string, SinkRow[]>) {
    this.#applicationId = applicationId;
    this.#clock = clock;
    this.#partitions = made.partitions;
    this.#sinks = sinks;
    this.#tasks.push(...made.tasks);
    for (const task of made.tasks) {
      for (const { topic } of task.queues) this.#sources.set(topic, [...(this.#sources.get(topic) ?? []), task]);
    }
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
  }

  #pipe(topic: string, key: Buffer | null, value: Buffer | null, options: PipeOptions): void {
    const count = this.#partitions.get(topic) ?? 1;
    const partition = options.partition ?? (key ? partitionOf(key, count) : this.#roundRobin++ % count);
    const timestamp = options.timestamp ?? this.#clock.now();
    this.#deliver(topic, { key, value, timestamp, headers: options.headers ?? NO_HEADERS, partition });
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
    this.#deliver(topic, record);
  }

  #deliver(topic: string, record: RawRecord): void {
    const { partition } = record;
    const name = `${topic}-${partition}`;
    const offset = this.#offsets.get(name) ?? 0;
    this.#offsets.set(name, offset + 1);
    for (const task of this.#sources.get(topic) ?? []) {
      if (task.queue(topic, partition)) task.push(memoryChunk(topic, partition, { ...record, offset }));
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
      let oldest: StreamTask | null = null;
      for (const task of this.#tasks) {
        if (task.nextTimestamp < (oldest?.nextTimestamp ?? Infinity)) oldest = task;
      }
      if (!oldest) return ran;
      if (oldest.process(1) === 0) return ran;
      oldest.prepareCommit();
      ran = true;
    }
  }

  #records(topic: string): RawRecord[] {
    const records = this.#outputs.get(topic) ?? [];
    this.#outputs.set(topic, records);
    return records;
  }
}
