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
 * 1. in-flight work and caches are in the changelogs' and sinks' batches     → nothing happened: input is read again
 * 2. the broker has all output and changelog records                          → input is read again, output is repeated
 * 3. the input positions are committed                                        → local state is behind: its changelog's tail is read
 * 4. local state is on disk, with the changelog position it includes          → nothing to repair
 *
 * Nothing is lost at any step. Processing stands still meanwhile.
 */
export async function commitAtLeastOnce({ tasks, producer, member, changelog }: CommitOptions): Promise<void> {
  for (const task of tasks) task.prepareCommit();
  const positions = tasks.map((task) => task.positions());

  await producer.flush();

  const offsets: CommittedOffset[] = positions.flat().map((position) => ({ ...position, metadata: '' }));
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
