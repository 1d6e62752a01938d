import { StreamsError } from '../core/errors.ts';
import type { CommittedOffset, GroupMember, Producer } from '../kafka/client.ts';
import { changelogPositions } from './changelog-positions.ts';
import type { StreamTask } from './stream-task.ts';

export interface CommitOptions {
  readonly tasks: readonly StreamTask[];
  readonly producer: Producer;
  readonly member: Pick<GroupMember, 'commit' | 'membership'>;
  /** Changelog topic of a task's store, by the name on the broker. */
  readonly changelog: (store: string) => string;
}

/** A commit whose positions are committed. */
export interface Committed {
  /** Step 5: local state is on disk. Records may be processed meanwhile; the next commit has to wait for it. */
  readonly stored: Promise<void>;
}

/**
 * Before a commit: caches go downstream until nothing waits any more for a topic that is looked up. A position that was
 * committed while output of its record still waits here would lose it.
 */
export async function sendEverything(tasks: readonly StreamTask[]): Promise<void> {
  for (const task of tasks) {
    task.prepareCommit();
    while (task.collector.blocked) {
      await task.collector.lookedUp();
      task.runSteps();
      task.prepareCommit();
    }
  }
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
 * any step. Processing stands still up to step 4.
 */
export async function commitAtLeastOnce(options: CommitOptions): Promise<Committed> {
  const { tasks, producer, member } = options;
  for (const task of tasks) task.prepareCommit();
  const positions = tasks.map((task) => task.positions());

  await producer.flush();

  let kept = false;
  for (const task of tasks) if (task.keepInFlight()) kept = true;
  if (kept) await producer.flush();

  const offsets: CommittedOffset[] = positions.flat();
  if (offsets.length > 0) await member.commit(offsets);

  return store(options);
}

/**
 * The commit, exactly once (KIP-447: one transaction for all tasks of the thread, fenced by the group's generation and by
 * the producer's epoch). What a crash after each step leaves:
 *
 * 1. caches and in-flight work are in the producer's batches    → the transaction is aborted: input is read again
 * 2. the broker has all records, invisible to readers           → the same
 * 3. the input positions are in the transaction                 → the same
 * 4. the transaction is committed: output, changelogs, positions, all at once → local state is behind: the tail is read
 * 5. local state is on disk, with the changelog position it includes → nothing to repair
 *
 * When the answer to step 4 is lost, the next owner's positions say what happened.
 */
export async function commitExactlyOnce(options: CommitOptions): Promise<Committed> {
  const { tasks, producer, member } = options;
  for (const task of tasks) {
    task.prepareCommit();
    task.keepInFlight();
  }
  const positions = tasks.map((task) => task.positions());

  await producer.flush();

  const offsets: CommittedOffset[] = positions.flat();
  const { membership } = member;
  if (!membership) throw new StreamsError('ILLEGAL_STATE', 'a commit needs a membership: join first');
  await producer.sendOffsets(membership, offsets);

  await producer.commitTransaction();
  producer.beginTransaction();

  return store(options);
}

/** What the stores write from here on belongs to the next commit. */
function store({ tasks, producer, changelog }: CommitOptions): Committed {
  const writes = tasks.map((task) => task.state.commit(changelogPositions(task, producer, changelog)));
  for (const task of tasks) task.committed();
  return { stored: Promise.all(writes).then(() => undefined) };
}
