import { StreamsError, messageOf } from '../../core/errors.ts';
import type { TopicPartition } from '../../core/record.ts';
import type { Logger } from '../../observe/logger.ts';
import { BrokerConnection, type BrokerAddress } from '../kafkajs/broker-connection.ts';
import type { KafkaOptions } from '../options.ts';
import { kafkaErrorOf } from '../wire/kafka-errors.ts';
import type { WireRequest } from '../wire/request.ts';
import { findCoordinator, type CoordinatorKind } from '../wire/requests/find-coordinator.ts';
import { metadata, type MetadataAnswer, type TopicMetadata } from '../wire/requests/metadata.ts';
import { kafkaFailure, topicMissing } from './kafka-failure.ts';
import { retrying } from './retrying.ts';

/** Errors after which the coordinator has to be looked up again. */
const COORDINATOR_MOVED = new Set(['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE', 'NETWORK_EXCEPTION']);
/** Errors after which the leaders have to be looked up again. */
const LEADER_MOVED = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'NETWORK_EXCEPTION',
  'LISTENER_NOT_FOUND',
]);

/** The brokers of a cluster: where they are, who leads what, and one connection to each for each purpose (its lane). */
export class Cluster {
  readonly options: KafkaOptions;
  readonly logger: Logger;
  readonly requestTimeoutMs: number;
  readonly missingTopicMs: number;
  readonly #closing = new AbortController();
  readonly #connections = new Map<string, BrokerConnection>();
  readonly #brokers = new Map<number, BrokerAddress>();
  readonly #leaders = new Map<string, readonly number[]>();
  /** Topics that the last look-up of them did not find. */
  readonly #missing = new Set<string>();
  readonly #coordinators = new Map<string, number>();
  readonly #refreshes = new Map<string, Promise<MetadataAnswer>>();
  #connected = false;
  #lanes = 0;
  clusterId: string | null = null;

  constructor(options: KafkaOptions, logger: Logger) {
    this.options = options;
    this.logger = logger;
    this.requestTimeoutMs = options.requestTimeoutMs ?? 30_000;
    this.missingTopicMs = options.missingTopicMs ?? 2_000;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Aborted when the client is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** A name for connections of one owner, so that its long requests delay nobody else. */
  lane(purpose: string): string {
    return `${purpose}#${++this.#lanes}`;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#connected = false;
    await Promise.all([...this.#connections.values()].map((connection) => connection.close()));
    this.#connections.clear();
  }

  /** Closes the connections of a lane. */
  async closeLane(lane: string): Promise<void> {
    const closing: Promise<void>[] = [];
    for (const [key, connection] of this.#connections) {
      if (!key.endsWith(` ${lane}`)) continue;
      this.#connections.delete(key);
      closing.push(connection.close());
    }
    await Promise.all(closing);
  }

  /** One attempt at one broker. */
  async send<T>(nodeId: number, lane: string, request: WireRequest<T>): Promise<T> {
    const address = this.#brokers.get(nodeId);
    if (address === undefined) {
      throw new StreamsError('KAFKA_RETRIABLE', `broker ${nodeId} is not known (any more)`, {
        kafkaError: 'NETWORK_EXCEPTION',
      });
    }
    return this.#sendTo(address, lane, request);
  }

  /** Any broker will do: those known, then those of the configuration. @throws BROKER_UNAVAILABLE naming all of them */
  async sendToAny<T>(request: WireRequest<T>): Promise<T> {
    const seeds = this.options.brokers.map(parseAddress);
    const known = [...this.#brokers.values()].filter(
      ({ host, port }) => !seeds.some((seed) => seed.host === host && seed.port === port),
    );
    const failures: string[] = [];
    for (const address of [...known, ...seeds]) {
      try {
        return await this.#sendTo(address, 'control', request);
      } catch (error) {
        if (!(error instanceof StreamsError) || error.code !== 'BROKER_UNAVAILABLE') throw error;
        failures.push(error.message);
        this.#closing.signal.throwIfAborted();
      }
    }
    throw new StreamsError(
      'BROKER_UNAVAILABLE',
      `no Kafka broker answered: ${failures.join('; ')}. Check that kafka.brokers names brokers that run and can be reached from here, and that tls and sasl fit their listener.`,
      { kafkaError: 'NETWORK_EXCEPTION' },
    );
  }

  /** Retries with the cluster's time limit. */
  retrying<T>(step: () => Promise<T>): Promise<T> {
    return retrying({ timeoutMs: this.requestTimeoutMs, signal: this.closing }, step);
  }

  /** The topics as they are now; of all topics for null. Their leaders are remembered. */
  async metadata(topics: readonly string[] | null): Promise<MetadataAnswer> {
    const key = topics === null ? '*' : [...topics].sort().join(' ');
    const running = this.#refreshes.get(key);
    if (running !== undefined) return running;
    const refresh = this.sendToAny(metadata(topics)).finally(() => this.#refreshes.delete(key));
    this.#refreshes.set(key, refresh);
    const answer = await refresh;
    this.#remember(answer);
    return answer;
  }

  /** The leader's node id as far as known here, or undefined. */
  leader(topic: string, partition: number): number | undefined {
    const leader = this.#leaders.get(topic)?.[partition];
    return leader === undefined || leader < 0 ? undefined : leader;
  }

  /** Whether the last look-up said that there is no such topic or partition. */
  isMissing(topic: string, partition: number): boolean {
    return (
      this.#missing.has(topic) || (this.#leaders.has(topic) && this.#leaders.get(topic)?.[partition] === undefined)
    );
  }

  /** The leader, looked up when not known. @throws TOPIC_MISSING, KAFKA_RETRIABLE when there is none at the moment */
  async findLeader(topic: string, partition: number): Promise<number> {
    const known = this.leader(topic, partition);
    if (known !== undefined) return known;
    const found = (await this.metadata([topic])).topics.find((candidate) => candidate.name === topic);
    if (found === undefined || isMissing(found)) throw topicMissing(topic);
    if (found.errorCode !== 0) throw kafkaFailure(found.errorCode, 'Metadata', { topic });
    const leader = this.leader(topic, partition);
    if (leader !== undefined) return leader;
    const exists = found.partitions.some((candidate) => candidate.partition === partition);
    throw kafkaFailure(exists ? 5 : 3, 'Metadata', { topic, partition });
  }

  /** Splits by leader. @throws as {@link findLeader} */
  async byLeader<T extends TopicPartition>(items: readonly T[]): Promise<Map<number, T[]>> {
    const groups = new Map<number, T[]>();
    for (const item of items) {
      const leader = await this.findLeader(item.topic, item.partition);
      const group = groups.get(leader);
      if (group === undefined) groups.set(leader, [item]);
      else group.push(item);
    }
    return groups;
  }

  /** To be told of every error a leader answered: what is known of the topic's leaders is dropped when it may be wrong. */
  leaderFailed(topic: string, error: unknown): void {
    if (error instanceof StreamsError && LEADER_MOVED.has(error.kafkaError ?? '')) this.#leaders.delete(topic);
  }

  /** One attempt at the coordinator, looked up when not known. `codeOf` picks the error code that says it has moved. */
  async sendToCoordinator<T>(
    kind: CoordinatorKind,
    key: string,
    lane: string,
    request: WireRequest<T>,
    codeOf: (answer: T) => number,
  ): Promise<T> {
    const node = await this.#coordinator(kind, key);
    try {
      const answer = await this.send(node, lane, request);
      if (COORDINATOR_MOVED.has(kafkaErrorOf(codeOf(answer)).name)) this.#coordinators.delete(`${kind} ${key}`);
      return answer;
    } catch (error) {
      this.#coordinators.delete(`${kind} ${key}`);
      throw error;
    }
  }

  async #coordinator(kind: CoordinatorKind, key: string): Promise<number> {
    const known = this.#coordinators.get(`${kind} ${key}`);
    if (known !== undefined) return known;
    const found = await this.sendToAny(findCoordinator(kind, key));
    if (found.errorCode !== 0) throw kafkaFailure(found.errorCode, 'FindCoordinator', {}, found.errorMessage);
    this.#brokers.set(found.nodeId, { host: found.host, port: found.port });
    this.#coordinators.set(`${kind} ${key}`, found.nodeId);
    return found.nodeId;
  }

  async #sendTo<T>(address: BrokerAddress, lane: string, request: WireRequest<T>): Promise<T> {
    if (this.closing.aborted) throw new StreamsError('ILLEGAL_STATE', 'the Kafka client is closed');
    const key = `${address.host}:${address.port} ${lane}`;
    let connection = this.#connections.get(key);
    if (connection === undefined) {
      connection = new BrokerConnection(address, this.options, this.logger);
      this.#connections.set(key, connection);
    }
    try {
      const answer = await connection.send(request);
      this.#connected = true;
      return answer;
    } catch (error) {
      if (this.closing.aborted) throw new StreamsError('ILLEGAL_STATE', 'the Kafka client is closed', { cause: error });
      if (error instanceof StreamsError && error.code === 'BROKER_UNAVAILABLE') this.#connected = false;
      this.logger.debug(
        { broker: connection.address, api: request.apiName, error: messageOf(error) },
        'request failed',
      );
      throw error;
    }
  }

  #remember({ brokers, topics, clusterId }: MetadataAnswer): void {
    if (brokers.length > 0) this.#brokers.clear();
    for (const { nodeId, host, port } of brokers) this.#brokers.set(nodeId, { host, port });
    this.clusterId = clusterId;
    for (const topic of topics) {
      if (isMissing(topic)) this.#missing.add(topic.name);
      else this.#missing.delete(topic.name);
      if (topic.errorCode !== 0) {
        this.#leaders.delete(topic.name);
        continue;
      }
      const leaders: number[] = [];
      for (const { partition, leader } of topic.partitions) leaders[partition] = leader;
      this.#leaders.set(topic.name, leaders);
    }
  }
}

export function isMissing(topic: TopicMetadata): boolean {
  return kafkaErrorOf(topic.errorCode).name === 'UNKNOWN_TOPIC_OR_PARTITION';
}

/** @throws CONFIG_INVALID */
export function parseAddress(text: string): BrokerAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new StreamsError('CONFIG_INVALID', `kafka.brokers: "${text}" is not host:port`);
  }
  return { host, port };
}
