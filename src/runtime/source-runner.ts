import { setTimeout } from 'node:timers/promises';
import { messageOf, StreamsError } from '../core/errors.ts';
import { NO_HEADERS } from '../core/record.ts';
import type { SchemaRegistry, Serde } from '../core/serde.ts';
import type { KafkaClient, Producer } from '../kafka/client.ts';
import { partitionOf } from '../kafka/wire/murmur2.ts';
import type { Logger } from '../observe/logger.ts';
import { counterFrom, gaugeFrom, type MetricsRegistry } from '../observe/metrics.ts';
import type { SourceBatch, SourceConnector } from '../sources/source.ts';
import { createStateTopic, readSourceState } from './source-state.ts';

/** What is read, and where its records go. */
export interface SourcePlan<K = unknown, V = unknown> {
  readonly source: SourceConnector<K, V>;
  readonly topic: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** Pause when there is nothing more to ask for at once, in ms (default 10,000). */
  readonly pollIntervalMs?: number;
}

export interface SourceRunnerOptions {
  /** The transactional id, and with `-source-state` the topic that keeps where the source stands. One runs at a time. */
  readonly applicationId: string;
  readonly plan: SourcePlan;
  /** Connected. */
  readonly client: KafkaClient;
  readonly registry: SchemaRegistry | null;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
  /** Of the state's topic (default -1: the broker's). */
  readonly replicationFactor?: number;
}

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 60_000;
const TRANSACTION_MS = 60_000;
const STICKY_RECORDS = 100;

/**
 * Polls a source and writes its records to a topic, each exactly once for readers of committed records: a batch and the
 * source's new state are one transaction.
 *
 * | a crash                            | leaves                         | then                                          |
 * | ---------------------------------- | ------------------------------ | --------------------------------------------- |
 * | before the transaction, or in it   | nothing that readers see       | the old state is read, the same is asked again |
 * | after its commit, answer lost      | records and state, both        | the new state is read, the source goes on      |
 *
 * A second runner of the same application id fences this one, which then ends with FENCED.
 */
export class SourceRunner {
  readonly #options: SourceRunnerOptions;
  readonly #stop = new AbortController();
  readonly #hide: (() => void)[];
  #running: Promise<void> | null = null;
  #records = 0;
  #behindMs = 0;
  #failures = 0;
  #healthy = false;
  #sticky = 0;

  constructor(options: SourceRunnerOptions) {
    this.#options = options;
    const { metrics, applicationId } = options;
    const labels = { source: applicationId };
    this.#hide = [
      counterFrom(metrics, {
        name: 'topology_source_records_total',
        help: 'Records that a source brought into Kafka',
        labels,
        read: () => this.#records,
      }),
      counterFrom(metrics, {
        name: 'topology_source_failures_total',
        help: 'Polls of a source that failed and were made again',
        labels,
        read: () => this.#failures,
      }),
      gaugeFrom(metrics, {
        name: 'topology_source_behind_seconds',
        help: 'How far a source is behind',
        labels,
        read: () => this.#behindMs / 1000,
      }),
    ];
  }

  /** Whether the last poll succeeded. */
  get healthy(): boolean {
    return this.#healthy;
  }

  get records(): number {
    return this.#records;
  }

  /**
   * Runs until {@link close}.
   *
   * @throws whatever no waiting mends: FENCED, AUTH_FAILED, SOURCE_REFUSED, TOPIC_MISSING, CONFIG_INVALID, …
   */
  run(): Promise<void> {
    this.#running ??= this.#supervise();
    return this.#running;
  }

  /** Ends after the batch in hand. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running?.catch(() => undefined);
    for (const hide of this.#hide.splice(0)) hide();
  }

  async #supervise(): Promise<void> {
    const { logger } = this.#options;
    let backoffMs = FIRST_BACKOFF_MS;
    while (!this.#stopped) {
      const before = this.#records;
      try {
        await this.#session();
      } catch (error) {
        this.#healthy = false;
        if (this.#stopped) return;
        if (!(error instanceof StreamsError && error.retriable)) throw error;
        this.#failures++;
        if (this.#records > before) backoffMs = FIRST_BACKOFF_MS;
        logger.warn({ err: messageOf(error), backoffMs }, 'the source or its topic could not be reached, trying again');
        await this.#pause(backoffMs * (0.5 + Math.random() / 2));
        backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
      }
    }
  }

  /** From the kept state on, until something fails. */
  async #session(): Promise<void> {
    const { applicationId, plan, client, logger, replicationFactor = -1 } = this.#options;
    const stateTopic = `${applicationId}-source-state`;
    await createStateTopic(client, stateTopic, replicationFactor);
    const producer = client.producer({ transactionalId: applicationId, transactionTimeoutMs: TRANSACTION_MS });
    try {
      await producer.init();
      const output = await this.#openOutput();
      const reader = plan.source.open(await readSourceState(client, stateTopic), logger);
      try {
        while (!this.#stopped) {
          const batch = await reader.poll(this.#stop.signal);
          await this.#write(producer, stateTopic, output, batch);
          this.#records += batch.records.length;
          this.#behindMs = batch.behindMs;
          this.#healthy = true;
          if (!batch.more) await this.#pause(plan.pollIntervalMs ?? 10_000);
        }
      } finally {
        await reader.close();
      }
    } finally {
      await producer.close();
    }
  }

  async #openOutput(): Promise<Output> {
    const { plan, client, registry } = this.#options;
    const { topic, key, value } = plan;
    const partitions = (await client.admin.describeTopics([topic])).get(topic)?.partitions;
    if (partitions === undefined) throw new StreamsError('TOPIC_MISSING', `there is no topic ${topic}`);
    const use = { topic, direction: 'write', registry } as const;
    return {
      partitions,
      key: (await key.prepare?.({ ...use, role: 'key' })) ?? key,
      value: (await value.prepare?.({ ...use, role: 'value' })) ?? value,
    };
  }

  async #write(producer: Producer, stateTopic: string, output: Output, batch: SourceBatch): Promise<void> {
    if (batch.records.length === 0 && batch.state.size === 0) return;
    const { topic } = this.#options.plan;
    producer.beginTransaction();
    for (const { key, value, timestamp } of batch.records) {
      if (!producer.ready) await producer.drained();
      const keyBytes = key === null ? null : output.key.serialize(topic, key);
      const partition = keyBytes
        ? partitionOf(keyBytes, output.partitions)
        : Math.floor(this.#sticky++ / STICKY_RECORDS) % output.partitions;
      producer.send(topic, partition, keyBytes, output.value.serialize(topic, value), timestamp, NO_HEADERS);
    }
    const now = Date.now();
    for (const [name, bytes] of batch.state) producer.send(stateTopic, 0, Buffer.from(name), bytes, now, NO_HEADERS);
    await producer.flush();
    await producer.commitTransaction();
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #pause(ms: number): Promise<void> {
    await setTimeout(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}

interface Output {
  readonly partitions: number;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
}
