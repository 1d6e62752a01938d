import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_HEADERS, type Headers } from '../../../src/core/record.ts';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import { kafkaClient } from '../../../src/kafka/connect.ts';
import { partitionOf } from '../../../src/kafka/wire/murmur2.ts';

export interface Read {
  readonly partition: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
  readonly headers: Headers;
}

/** A test's view of a cluster: topics of its own, input, output, a folder. */
export class TestCluster {
  readonly brokers: readonly string[];
  readonly client: KafkaClient;
  dir = '';
  #names = 0;

  constructor(brokers: readonly string[]) {
    this.brokers = brokers;
    this.client = kafkaClient({ brokers });
  }

  async open(): Promise<void> {
    await this.client.connect();
    this.dir = await mkdtemp(join(tmpdir(), 'streams-runtime-'));
  }

  async close(): Promise<void> {
    await this.client.close();
    await rm(this.dir, { recursive: true, force: true });
  }

  name(what: string): string {
    return `${what}-${Date.now().toString(36)}-${process.pid}-${++this.#names}`;
  }

  async topic(what: string, partitions = 1, config: Readonly<Record<string, string>> = {}): Promise<string> {
    const name = what.includes('-') ? what : this.name(what);
    await this.client.admin.createTopics([{ name, partitions, replicationFactor: 1, config }]);
    return name;
  }

  /** Writes the values, each under a key that is also its text, and waits for them. */
  async send(
    topic: string,
    values: readonly string[],
    keyOf: (value: string) => string = (value) => value,
    batchBytes = 128 * 1024,
  ) {
    const partitions = (await this.client.admin.describeTopics([topic])).get(topic)?.partitions ?? 1;
    const producer = this.client.producer({ lingerMs: 1, batchBytes });
    await producer.init();
    for (const value of values) {
      const key = Buffer.from(keyOf(value));
      producer.send(topic, partitionOf(key, partitions), key, Buffer.from(value), Date.now(), NO_HEADERS);
      if (!producer.ready) await producer.drained();
    }
    await producer.flush();
    await producer.close();
  }

  /** Reads a topic from its start until `enough` is true of what was read. */
  async read(topic: string, enough: (read: readonly Read[]) => boolean, timeoutMs = 30_000): Promise<Read[]> {
    const partitions = (await this.client.admin.describeTopics([topic])).get(topic)?.partitions ?? 1;
    const fetcher = this.client.fetcher({ maxWaitMs: 100 });
    const all: Read[] = [];
    const over = new AbortController();
    try {
      for (let partition = 0; partition < partitions; partition++) fetcher.add(topic, partition, 0);
      await within(
        timeoutMs,
        () => `the output of ${topic} (${all.length} records so far)`,
        async () => {
          while (!over.signal.aborted && !enough(all)) {
            await fetcher.arrival(200);
            for (const chunk of fetcher.poll()) {
              if (chunk.error) throw chunk.error;
              const { records, partition } = chunk;
              while (records.next()) {
                const key = records.key()?.toString() ?? null;
                all.push({
                  partition,
                  key,
                  value: records.value(),
                  timestamp: records.timestamp,
                  headers: records.headers(),
                });
              }
              fetcher.release(chunk);
            }
          }
        },
      );
      return all;
    } finally {
      over.abort();
      await fetcher.close();
    }
  }

  /** Reads counts until each word has at least the count that is wanted; answers the last value of each. */
  async counts(topic: string, wanted: ReadonlyMap<string, number>, timeoutMs?: number): Promise<Map<string, number>> {
    const read = await this.read(topic, (records) => reaches(lastCounts(records), wanted), timeoutMs);
    return lastCounts(read);
  }

  /** Resolves when the group has committed every record that the topic has now. */
  async committed(groupId: string, topic: string, timeoutMs?: number): Promise<void> {
    const partitions = (await this.client.admin.describeTopics([topic])).get(topic)?.partitions ?? 1;
    const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
    const ends = await this.client.admin.listOffsets(all, 'latest');
    await until(
      `the commit of ${topic}`,
      async () => {
        const offsets = await this.client.admin.fetchOffsets(groupId, all);
        return ends.every(
          ({ partition, offset }) =>
            offset === 0 || offsets.some((each) => each.partition === partition && each.offset >= offset),
        );
      },
      timeoutMs,
    );
  }
}

export function lastCounts(records: readonly Read[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const { key, value } of records) last.set(key ?? '', Number(value?.readBigInt64BE()));
  return last;
}

function reaches(counts: ReadonlyMap<string, number>, wanted: ReadonlyMap<string, number>): boolean {
  for (const [word, count] of wanted) if ((counts.get(word) ?? 0) < count) return false;
  return true;
}

/** Rejects when the work takes longer. */
export async function within<T>(ms: number, what: string | (() => string), work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${typeof what === 'string' ? what : what()} within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again and again: for what no event tells. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 30_000) {
  for (const end = Date.now() + timeoutMs; !(await condition());) {
    if (Date.now() > end) throw new Error(`no ${what} within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => String(from + i));

/** Whether each of the values is among what was read. */
export const hasAll =
  (values: readonly string[]) =>
  (read: readonly Read[]): boolean => {
    if (read.length < values.length) return false;
    const seen = new Set(read.map(({ value }) => String(value)));
    return values.every((value) => seen.has(value));
  };
