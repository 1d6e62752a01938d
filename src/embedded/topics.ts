import { messageOf } from '../core/errors.ts';
import type { NewTopic } from '../kafka/client.ts';
import type { KafkaErrorName } from './kafka-error.ts';
import { PartitionLog } from './log.ts';
import { parseTopicConfig, type TopicConfig } from './topic-config.ts';

export interface Topic {
  readonly name: string;
  /** A UUID as Kafka prints it. */
  readonly id: string;
  /** The settings as they were given. */
  readonly settings: Readonly<Record<string, string>>;
  readonly config: TopicConfig;
  readonly partitions: readonly PartitionLog[];
}

/** What a summary of a run says of a topic. */
export interface TopicSummary {
  readonly name: string;
  readonly sizeBytes: number;
  readonly partitions: readonly {
    readonly logStartOffset: number;
    /** End of the log: control records count, and what was compacted away. */
    readonly endOffset: number;
    readonly sizeBytes: number;
  }[];
}

export interface TopicsOptions {
  /** Partitions of a topic that asks for the broker's default (-1), and of one made by a metadata request. */
  readonly defaultPartitions: number;
  /** Settings below a topic's own, such as `{'retention.bytes': '67108864'}`. */
  readonly defaultSettings: Readonly<Record<string, string>>;
  readonly uuid: () => string;
}

export type TopicRefusal = { readonly error: KafkaErrorName; readonly message: string };

/** Kafka's rule for topic names (`Topic.validate`). */
const NAME = /^[a-zA-Z0-9._-]{1,249}$/;

/** The topics of the broker, with their logs. */
export class Topics {
  readonly #topics = new Map<string, Topic>();
  readonly #options: TopicsOptions;

  constructor(options: TopicsOptions) {
    this.#options = options;
  }

  names(): string[] {
    return [...this.#topics.keys()];
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  log(name: string, partition: number): PartitionLog | undefined {
    return this.#topics.get(name)?.partitions[partition];
  }

  /** null: it was created, or (with `validateOnly`) could be. */
  create(topic: NewTopic, validateOnly = false): TopicRefusal | null {
    const { name } = topic;
    if (!NAME.test(name) || name === '.' || name === '..') {
      return {
        error: 'INVALID_TOPIC_EXCEPTION',
        message: `"${name}" is not a topic name: 1 to 249 of a-z, A-Z, 0-9, . _ -`,
      };
    }
    if (this.#topics.has(name)) return { error: 'TOPIC_ALREADY_EXISTS', message: `Topic '${name}' already exists.` };
    const count = topic.partitions === -1 ? this.#options.defaultPartitions : topic.partitions;
    if (!Number.isInteger(count) || count < 1) {
      return { error: 'INVALID_PARTITIONS', message: `Number of partitions was set to an invalid value ${count}.` };
    }
    if (topic.replicationFactor !== -1 && topic.replicationFactor !== 1) {
      const message = `Unable to replicate the partition ${topic.replicationFactor} time(s): there is one broker.`;
      return { error: 'INVALID_REPLICATION_FACTOR', message };
    }
    const settings = { ...this.#options.defaultSettings, ...topic.config };
    let config: TopicConfig;
    try {
      config = parseTopicConfig(settings);
    } catch (error) {
      return { error: 'INVALID_CONFIG', message: messageOf(error) };
    }
    if (!validateOnly) {
      const partitions = Array.from({ length: count }, () => new PartitionLog(config));
      this.#topics.set(name, { name, id: this.#newTopicId(), settings, config, partitions });
    }
    return null;
  }

  /** Whether it was there. Who waits on its partitions is told. */
  delete(name: string): boolean {
    const topic = this.#topics.get(name);
    if (!topic) return false;
    this.#topics.delete(name);
    for (const log of topic.partitions) for (const listener of log.onAdvance) listener();
    return true;
  }

  summary(): TopicSummary[] {
    return [...this.#topics.values()].map(({ name, partitions }) => ({
      name,
      sizeBytes: partitions.reduce((sum, log) => sum + log.sizeBytes, 0),
      partitions: partitions.map((log) => ({
        logStartOffset: log.logStartOffset,
        endOffset: log.highWatermark,
        sizeBytes: log.sizeBytes,
      })),
    }));
  }

  enforceRetention(nowMs: number): void {
    for (const { partitions } of this.#topics.values()) for (const log of partitions) log.enforceRetention(nowMs);
  }

  /** One pass of Kafka's log cleaner over every compacted topic. */
  compact(nowMs: number): void {
    for (const { partitions } of this.#topics.values()) for (const log of partitions) log.compact(nowMs);
  }

  #newTopicId(): string {
    return Buffer.from(this.#options.uuid().replaceAll('-', ''), 'hex').toString('base64url');
  }
}
