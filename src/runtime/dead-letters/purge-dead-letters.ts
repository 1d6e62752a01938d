import { partitionName, type PartitionOffset } from '../../core/record.ts';
import type { DeadLetters } from './dead-letters.ts';

export interface PurgeOptions {
  /** Only what was sent again, as far as that is everything from the oldest on (default false). */
  readonly replayed?: boolean;
  /** Deletes them; without it the answer says what would be deleted (default false). */
  readonly execute?: boolean;
}

export interface Purged {
  /** By topic. */
  readonly deleted: Readonly<Record<string, number>>;
  /** Of these, how many were never sent again. */
  readonly neverReplayed: number;
  /** Up to where, for each partition that has something. */
  readonly ends: readonly PartitionOffset[];
}

/**
 * Deletes dead letters from the oldest on, up to the end that was seen: what arrives meanwhile stays. Kafka deletes from
 * the front only, so there is no filter.
 */
export async function purgeDeadLetters(letters: DeadLetters, options: PurgeOptions): Promise<Purged> {
  const { client, topics, group, clock } = letters.options;
  const marks = await letters.readMarks();
  const deleted = new Map(topics.map((topic) => [topic, 0]));
  const ends = new Map<string, PartitionOffset>();
  const closed = new Set<string>();
  let neverReplayed = 0;
  const scanned = await letters.visit({}, marks, ({ topic, partition, offset, replayedAtMs }) => {
    const name = partitionName(topic, partition);
    if (options.replayed === true && replayedAtMs === null) closed.add(name);
    if (closed.has(name)) return;
    deleted.set(topic, (deleted.get(topic) ?? 0) + 1);
    if (replayedAtMs === null) neverReplayed++;
    ends.set(name, { topic, partition, offset: offset + 1 });
  });
  // Up to the very end where all goes: transaction markers after the last record go too.
  const upTo = scanned.ends
    .filter(({ topic, partition }) => ends.has(partitionName(topic, partition)))
    .map((end) => {
      const name = partitionName(end.topic, end.partition);
      return closed.has(name) ? (ends.get(name) ?? end) : end;
    });
  if (options.execute === true && upTo.length > 0) {
    await client.admin.deleteRecords(upTo);
    if (marks.size > 0) {
      const producer = client.producer({ transactionalId: group });
      try {
        await producer.init();
        producer.beginTransaction();
        marks.deleteBelow(producer, upTo, clock.now());
        await producer.commitTransaction();
      } finally {
        await producer.close();
      }
    }
  }
  return { deleted: Object.fromEntries(deleted), neverReplayed, ends: upTo };
}
