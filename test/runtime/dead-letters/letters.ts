import { ManualClock } from '../../../src/core/clock.ts';
import type { Headers } from '../../../src/core/record.ts';
import { EmbeddedBroker } from '../../../src/embedded/broker.ts';
import { embeddedClient } from '../../../src/embedded/client.ts';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import { deadLetterSource } from '../../../src/runtime/dead-letters/dead-letter-source.ts';
import { DeadLetters, type DeadLettersOptions } from '../../../src/runtime/dead-letters/dead-letters.ts';
import { scanTopics } from '../../../src/runtime/dead-letters/scan-topics.ts';
import { serdes } from '../../../src/serdes/serdes.ts';

export const GROUP = 'jobs-dlq-cli';
export const NOW = Date.parse('2026-05-05T10:00:00Z');

/** Dead letters of jobs: the task, and why it failed. */
export interface FailedJob {
  readonly task: { readonly id: string; readonly retry_count: number };
  readonly why: string;
  readonly at: number;
}

export const jobSource = deadLetterSource<FailedJob, FailedJob['task']>({
  topic: 'jobs.dlq',
  value: serdes.json<FailedJob>(),
  facts: ({ task, why, at }) => ({
    ids: { job: task.id },
    reason: why,
    error: `job ${task.id}: ${why}`,
    failedAtMs: at,
  }),
  replay: {
    topic: 'jobs',
    value: serdes.json<FailedJob['task']>(),
    valueOf: ({ task }) => ({ ...task, retry_count: 0 }),
  },
});

export async function openCluster(): Promise<KafkaClient> {
  const client = embeddedClient(new EmbeddedBroker());
  await client.connect();
  await client.admin.createTopics(
    ['jobs', 'jobs.dlq', 'plain', 'plain.dlq'].map((name) => ({ name, partitions: 2, replicationFactor: 1 })),
  );
  return client;
}

export function lettersOf(client: KafkaClient, options: Partial<DeadLettersOptions> = {}): DeadLetters {
  return new DeadLetters({
    client,
    registry: null,
    clock: new ManualClock(NOW),
    group: GROUP,
    topics: ['jobs.dlq'],
    sources: [jobSource],
    plans: [],
    ...options,
  });
}

export interface Sent {
  readonly topic: string;
  readonly partition: number;
  readonly key?: string | null;
  readonly value: string | Buffer | null;
  readonly headers?: Headers;
  readonly timestamp?: number;
}

export async function send(client: KafkaClient, records: readonly Sent[]): Promise<void> {
  const producer = client.producer();
  await producer.init();
  for (const { topic, partition, key = null, value, headers = [], timestamp = NOW } of records) {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    producer.send(topic, partition, key === null ? null : Buffer.from(key), bytes, timestamp, headers);
  }
  await producer.flush();
  await producer.close();
}

/** Failed jobs by their ids, in turns on two partitions. */
export function failedJobs(ids: readonly string[], why = 'permanent'): Sent[] {
  return ids.map((id, i) => ({
    topic: 'jobs.dlq',
    partition: i % 2,
    key: id,
    value: JSON.stringify({ task: { id, retry_count: 4 }, why, at: NOW - 60_000 * (i + 1) } satisfies FailedJob),
    headers: [
      { key: 'trace', value: Buffer.from('t-1') },
      { key: '__streams.retry.attempt', value: Buffer.from('5') },
      { key: '__streams.errors.topic', value: Buffer.from('jobs') },
      { key: '__streams.errors.partition', value: Buffer.from('1') },
      { key: '__streams.errors.offset', value: Buffer.from('33') },
    ],
  }));
}

export async function recordsOf(client: KafkaClient, topic: string) {
  const found: { key: string | null; value: string | null; headers: Record<string, string>; timestamp: number }[] = [];
  await scanTopics(client, [topic], ({ key, bytes, headers, timestamp }) => {
    found.push({
      key: key?.toString() ?? null,
      value: bytes?.toString() ?? null,
      headers: Object.fromEntries(headers.map((header) => [header.key, header.value?.toString() ?? ''])),
      timestamp,
    });
  });
  return found;
}
