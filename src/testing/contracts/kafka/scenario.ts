import { afterAll, beforeAll } from 'vitest';
import { NO_HEADERS, type Headers } from '../../../core/record.ts';
import type {
  FetchedChunk,
  Fetcher,
  FetcherOptions,
  KafkaClient,
  MemberOptions,
  Producer,
} from '../../../kafka/client.ts';
import type { ContractCluster } from './contract-cluster.ts';

export interface SeenRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Headers;
}

const PATIENCE_MS = 20_000;
let names = 0;

/** One cluster and one connected client for a suite, and the steps its tests are made of. */
export class Scenario {
  readonly sessionTimeoutMs: number;
  #cluster: ContractCluster | null = null;
  #client: KafkaClient | null = null;

  constructor(makeCluster: () => Promise<ContractCluster>, sessionTimeoutMs: number) {
    this.sessionTimeoutMs = sessionTimeoutMs;
    beforeAll(async () => {
      this.#cluster = await makeCluster();
      this.#client = this.newClient();
      await this.#client.connect();
    });
    afterAll(async () => {
      await this.#client?.close();
      await this.#cluster?.close();
    });
  }

  get client(): KafkaClient {
    if (this.#client === null) throw new Error('the suite has not begun');
    return this.#client;
  }

  newClient(): KafkaClient {
    if (this.#cluster === null) throw new Error('the suite has not begun');
    return this.#cluster.client();
  }

  name(what: string): string {
    return `${what}-${Date.now().toString(36)}-${process.pid}-${++names}`;
  }

  async topic(partitions = 1, config: Readonly<Record<string, string>> = {}): Promise<string> {
    const name = this.name('contract');
    await this.client.admin.createTopics([{ name, partitions, replicationFactor: -1, config }]);
    return name;
  }

  /** A producer that is ready to send. */
  async producer(options: Parameters<KafkaClient['producer']>[0] = {}): Promise<Producer> {
    const producer = this.client.producer(options);
    await producer.init();
    return producer;
  }

  /** Writes values to partition 0 with an idempotent producer and waits for them. */
  async write(topic: string, values: readonly string[], partition = 0): Promise<void> {
    const producer = await this.producer();
    for (const [i, value] of values.entries()) send(producer, topic, value, { partition, timestamp: i });
    await producer.flush();
    await producer.close();
  }

  /** Reads from an offset until `count` records are there. */
  async read(topic: string, count: number, options: FetcherOptions & { partition?: number; from?: number } = {}) {
    const { partition = 0, from = 0, ...fetcherOptions } = options;
    const fetcher = this.client.fetcher(fetcherOptions);
    try {
      fetcher.add(topic, partition, from);
      const seen: SeenRecord[] = [];
      while (seen.length < count) {
        for (const chunk of await nextChunks(fetcher)) {
          if (chunk.error !== null) throw chunk.error;
          seen.push(...recordsOf(chunk));
          fetcher.release(chunk);
        }
      }
      return seen;
    } finally {
      await fetcher.close();
    }
  }

  member(groupId: string, options: Partial<MemberOptions> = {}, client: KafkaClient = this.client) {
    return client.member({
      groupId,
      sessionTimeoutMs: this.sessionTimeoutMs,
      heartbeatIntervalMs: 50,
      rebalanceTimeoutMs: 10_000,
      protocol: 'contract',
      subscription: () => protocolBytes('subscription'),
      assign: async (members) => new Map(members.map(({ memberId }) => [memberId, protocolBytes(`for ${memberId}`)])),
      ...options,
    });
  }
}

/**
 * A text in the form of Kafka's ConsumerProtocolSubscription and ConsumerProtocolAssignment, version 0, without topics: the
 * coordinator of a group of type `consumer` parses them, and other bytes can hang it.
 */
export function protocolBytes(text: string): Buffer {
  const userData = Buffer.from(text);
  const head = Buffer.alloc(10);
  head.writeInt32BE(userData.length, 6);
  return Buffer.concat([head, userData]);
}

export function protocolText(bytes: Buffer): string {
  return bytes.subarray(10).toString();
}

/** What `poll` gives next. @throws when nothing comes for a long time */
export async function nextChunks(fetcher: Fetcher): Promise<FetchedChunk[]> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const chunks = fetcher.poll();
    if (chunks.length > 0) return chunks;
    if (performance.now() > deadline) throw new Error('nothing was fetched');
    await fetcher.arrival(1000);
  }
}

export function recordsOf(chunk: FetchedChunk): SeenRecord[] {
  const seen: SeenRecord[] = [];
  const { records } = chunk;
  while (records.next()) {
    seen.push({
      offset: records.offset,
      timestamp: records.timestamp,
      key: records.key()?.toString() ?? null,
      value: records.value()?.toString() ?? null,
      headers: records.headers(),
    });
  }
  return seen;
}

export function send(
  producer: Producer,
  topic: string,
  value: string,
  { partition = 0, timestamp = 0, key = null as string | null } = {},
): void {
  producer.send(topic, partition, key === null ? null : Buffer.from(key), Buffer.from(value), timestamp, NO_HEADERS);
}

/** Repeats a question until its answer is yes. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`it did not happen: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

export const valuesOf = (records: readonly SeenRecord[]): (string | null)[] => records.map(({ value }) => value);
