import { partitionName, type TopicPartition } from '../../core/record.ts';
import type { KafkaAdmin } from '../../kafka/client.ts';
import type { TaskState } from '../../state/task-state.ts';

/** What a changelog holds now. */
export interface ChangelogBounds {
  readonly start: number;
  readonly end: number;
}

/**
 * Asks where changelogs begin and end. The end is that of all records, also of those in open transactions: the last commit
 * before a crash may have reached the committed positions and not yet this partition (KAFKA-10167). Reading only what is
 * committed, it is reached when the transaction is over.
 */
export async function findBounds(
  admin: Pick<KafkaAdmin, 'listOffsets'>,
  changelogs: readonly TopicPartition[],
): Promise<(changelog: TopicPartition) => ChangelogBounds> {
  const partitions = changelogs.map(({ topic, partition }) => ({ topic, partition }));
  const [starts, ends] = await Promise.all([
    admin.listOffsets(partitions, 'earliest'),
    admin.listOffsets(partitions, 'latest', 'read_uncommitted'),
  ]);
  const startOf = new Map(starts.map((at) => [partitionName(at.topic, at.partition), at.offset]));
  const endOf = new Map(ends.map((at) => [partitionName(at.topic, at.partition), at.offset]));
  return ({ topic, partition }) => {
    const name = partitionName(topic, partition);
    return { start: startOf.get(name) ?? 0, end: endOf.get(name) ?? 0 };
  };
}

/**
 * Where a store is to be read on from: what it has on disk, where that is in the log. What is from another past, older than
 * the log or ahead of it, is wiped: it is read from the log's start.
 */
export async function firstOffset(state: TaskState, store: string, { start, end }: ChangelogBounds): Promise<number> {
  const known = state.positions.get(store);
  if (known !== undefined && known >= start && known <= end) return known;
  if (known !== undefined) await state.wipe(store);
  // Nothing to read: that is a position too.
  if (start >= end) await state.restored(store, end);
  return Math.min(start, end);
}
