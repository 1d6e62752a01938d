import { partitionName } from '../core/record.ts';
import type { CommittedOffset } from '../kafka/client.ts';
import { decodeOffsetMetadata } from './offset-metadata.ts';

/** How far time was in a task as of its last commit, from the metadata of the committed offsets. */
export interface CommittedTimes {
  /** The highest timestamp processed from each partition, by `topic-partition`. */
  readonly partitions: ReadonlyMap<string, number>;
  /** What operators of the task asked to remember, by name. */
  readonly remembered: ReadonlyMap<string, number>;
}

/** Before the first commit. */
export const NO_TIMES: CommittedTimes = { partitions: new Map(), remembered: new Map() };

/** Of what operators remember, the latest that any partition of the task says. */
export function committedTimes(committed: readonly CommittedOffset[]): CommittedTimes {
  const partitions = new Map<string, number>();
  const remembered = new Map<string, number>();
  for (const { topic, partition, metadata } of committed) {
    const said = decodeOffsetMetadata(metadata);
    partitions.set(partitionName(topic, partition), said.partitionTime);
    for (const [name, time] of said.remembered) {
      if (time > (remembered.get(name) ?? -Infinity)) remembered.set(name, time);
    }
  }
  return { partitions, remembered };
}
