import type { TopicPartition } from '../../core/record.ts';
import type { TaskState } from '../../state/task-state.ts';
import type { TaskPartitions } from '../partition-plan.ts';
import { brokerTopic } from '../partition-plan.ts';

/** The partition of a topic that a store is restored from. */
export interface Changelog extends TopicPartition {
  readonly store: string;
  /** A source topic that serves as changelog: what the task reads itself from its position on is no history yet. */
  readonly source: boolean;
}

/** The changelogs of a task's logged stores, one for each. */
export function changelogsOf(
  applicationId: string,
  { subTopology, partition }: Pick<TaskPartitions, 'subTopology' | 'partition'>,
): readonly Changelog[] {
  return subTopology.stores
    .filter((store) => store.logged)
    .map(({ name, sourceTopic }) => ({
      store: name,
      topic: sourceTopic ?? brokerTopic(applicationId, `${name}-changelog`, true),
      partition,
      source: sourceTopic !== undefined,
    }));
}

/** How far the restore of one store is. */
export interface StoreRestore {
  readonly store: string;
  /** Records read so far. */
  readonly restored: number;
  /** Changelog offsets still to be read. */
  readonly remaining: number;
}

/** A changelog and the stores it is read into, while it is read. */
export interface ChangelogReading extends Changelog {
  readonly taskId: string;
  readonly state: TaskState;
  /** The next offset to read. */
  readonly position: number;
  /** Of a restore: where it is done. Of a standby: the end as last seen. */
  readonly end: number;
  /** Records that were put into the store since the reading began. */
  readonly restored: number;
  /** Offsets between position and end. */
  readonly remaining: number;
}
