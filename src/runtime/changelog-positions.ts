import type { Producer } from '../kafka/client.ts';
import type { StreamTask } from './stream-task.ts';

/** For each logged store of the task the changelog offset after what was acknowledged: what its state includes. */
export function changelogPositions(
  task: StreamTask,
  producer: Pick<Producer, 'acknowledged'>,
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
