import { partitionName, type PartitionOffset } from '../core/record.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { AppThread } from './threads/app-thread.ts';

/**
 * Whether the brokers have nothing that the threads have not processed and committed. All positions are from before the
 * question about the ends, taken while their thread was idle: what one task writes for another before that is in the
 * answer.
 */
export async function caughtUp(client: KafkaClient, threads: () => readonly AppThread[]): Promise<boolean> {
  const before: PartitionOffset[] = [];
  for (const settled of await Promise.all(threads().map((thread) => thread.settled()))) {
    if (settled === null) return false;
    before.push(...settled);
  }
  const ends = await client.admin.listOffsets(before, 'latest', 'read_committed');
  const endOf = new Map(ends.map(({ topic, partition, offset }) => [partitionName(topic, partition), offset]));
  const after = await Promise.all(threads().map((thread) => thread.settled()));
  return (
    after.every((settled) => settled !== null) &&
    before.every(({ topic, partition, offset }) => offset >= (endOf.get(partitionName(topic, partition)) ?? 0))
  );
}
