import { partitionName, type PartitionOffset } from '../../core/record.ts';
import type { KafkaClient } from '../../kafka/client.ts';
import type { DeadLetterRecord } from './dead-letter.ts';

/** What the scanned partitions held: from where, and up to where it was looked. */
export interface Scanned {
  readonly starts: readonly PartitionOffset[];
  readonly ends: readonly PartitionOffset[];
}

const BUFFER_BYTES = 8 << 20;
const POLL_MS = 200;

/**
 * Gives every committed record of the topics to `visit`, in order within a partition, up to their ends as they are now. One
 * chunk is in memory at a time, of at most 8 MiB together. A topic that does not exist has no records.
 */
export async function scanTopics(
  client: KafkaClient,
  topics: readonly string[],
  visit: (record: DeadLetterRecord) => Promise<void> | void,
): Promise<Scanned> {
  const { admin } = client;
  const there = [...(await admin.describeTopics(topics)).values()];
  const partitions = there.flatMap(({ name: topic, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition })),
  );
  const [starts, ends] = await Promise.all([
    admin.listOffsets(partitions, 'earliest'),
    admin.listOffsets(partitions, 'latest', 'read_committed'),
  ]);
  const left = new Map(ends.map(({ topic, partition, offset }) => [partitionName(topic, partition), offset]));
  const fetcher = client.fetcher({ maxBufferedBytes: BUFFER_BYTES });
  try {
    for (const { topic, partition, offset } of starts) {
      const name = partitionName(topic, partition);
      if (offset < (left.get(name) ?? 0)) fetcher.add(topic, partition, offset);
      else left.delete(name);
    }
    while (left.size > 0) {
      await fetcher.arrival(POLL_MS);
      for (const chunk of fetcher.poll()) {
        if (chunk.error) throw chunk.error;
        const { topic, partition, records, nextOffset } = chunk;
        const name = partitionName(topic, partition);
        const end = left.get(name) ?? 0;
        while (records.next()) {
          if (records.offset >= end) break;
          const { offset, timestamp } = records;
          const [key, bytes, headers] = [records.key(), records.value(), records.headers()];
          await visit({ topic, partition, offset, timestamp, key, bytes, headers });
        }
        fetcher.release(chunk);
        if (nextOffset < end) continue;
        left.delete(name);
        fetcher.remove(topic, partition);
      }
    }
    return { starts, ends };
  } finally {
    await fetcher.close();
  }
}
