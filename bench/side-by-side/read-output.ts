import type { KafkaClient } from '../../src/index.ts';
import { PARTITIONS } from './inputs.ts';

/** What a topic holds, in two numbers that do not depend on the order of the partitions. */
export interface OutputDigest {
  readonly count: number;
  readonly hash: number;
}

/** Reads a topic to its end. `latest`: of each key the last value only, and none where that is a deletion. */
export async function readOutput(
  client: KafkaClient,
  topic: string,
  compare: 'records' | 'latest',
): Promise<OutputDigest> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
  const ends = await client.admin.listOffsets(partitions, 'latest', 'read_committed');
  const fetcher = client.fetcher({ isolation: 'read_committed' });
  const left = new Map(ends.filter(({ offset }) => offset > 0).map(({ partition, offset }) => [partition, offset]));
  for (const partition of left.keys()) fetcher.add(topic, partition, 0);
  const latest = new Map<string, number>();
  let count = 0;
  let hash = 0;
  while (left.size > 0) {
    await fetcher.arrival(100);
    for (const chunk of fetcher.poll()) {
      if (chunk.error) throw chunk.error;
      const { records, partition, nextOffset } = chunk;
      while (records.next()) {
        const key = records.key();
        const value = records.value();
        const record = hashOf(value, hashOf(key, Math.imul(partition + 1, 31) + (records.timestamp | 0)));
        if (compare === 'records') {
          count++;
          hash = (hash + record) >>> 0;
        } else if (value === null) latest.delete(key?.toString('latin1') ?? '');
        else latest.set(key?.toString('latin1') ?? '', record);
      }
      if (nextOffset >= (left.get(partition) ?? 0)) left.delete(partition);
      fetcher.release(chunk);
    }
  }
  await fetcher.close();
  for (const record of latest.values()) {
    count++;
    hash = (hash + record) >>> 0;
  }
  return { count, hash };
}

/** FNV-1a, 32 bits. */
function hashOf(bytes: Buffer | null, seed: number): number {
  let hash = seed ^ 0x811c9dc5;
  if (bytes === null) return Math.imul(hash ^ 0xff, 0x01000193);
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash ^ bytes.length;
}
