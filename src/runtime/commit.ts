import type { CommittedOffset, GroupMember, Producer } from '../kafka/client.ts';
import type { StreamTask } from './stream-task.ts';

export interface CommitOptions {
  readonly tasks: readonly StreamTask[];
  readonly producer: Producer;
  readonly member: Pick<GroupMember, 'commit'>;
  /** Changelog topic of a task's store, by the name on the broker. */
  readonly changelog: (store: string) => string;
}

/**
 * The commit, at least once. What a crash after each step leaves:
 *
 * 1. caches are in the producer's batches                      → nothing happened: input is read again
 * 2. the broker has all output and changelog records           → input is read again, output is repeated
 * 3. it also has what async operators have in flight            → the same; what was in flight is also called again
 * 4. the input positions are committed                          → local state is behind: its changelog's tail is read
 * 5. local state is on disk, with the changelog position it includes → nothing to repair
 *
 * An async operator forgets an input in step 3 only, when what came of it is acknowledged by step 2: nothing is lost at
 * any step. Processing stands still meanwhile.
 */
export async function commitAtLeastOnce({ tasks, producer, member, changelog }: CommitOptions): Promise<void> {
  for (const task of tasks) task.prepareCommit();
  const positions = tasks.map((task) => task.positions());

  await producer.flush();

  let kept = false;
  for (const task of tasks) if (task.keepInFlight()) kept = true;
  if (kept) await producer.flush();

  const offsets: CommittedOffset[] = positions.flat();
  if (offsets.length > 0) await member.commit(offsets);

  await Promise.all(tasks.map((task) => task.state.commit(changelogPositions(task, producer, changelog))));
  for (const task of tasks) task.committed();
}

function changelogPositions(
  task: StreamTask,
  producer: Producer,
  changelog: (store: string) => string,
): ReadonlyMap<string, number> {
  const positions = new Map<string, number>();
  for (const { name, logged } of task.subTopology.stores) {
    if (!logged) continue;
    const position = producer.acknowledged(changelog(name), task.partition);
    if (position !== undefined) positions.set(name, position);
  }
  return positions;
}
