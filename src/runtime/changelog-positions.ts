import type { Producer } from '../kafka/client.ts';
import type { StreamTask } from './stream-task.ts';

/**
 * For each logged store of the task the changelog offset that its state includes: after what was acknowledged, or, where
 * the source topic is the changelog, after what was processed.
 */
export function changelogPositions(
  task: StreamTask,
  producer: Pick<Producer, 'acknowledged'>,
  changelog: (store: string) => string,
): ReadonlyMap<string, number> {
  const positions = new Map<string, number>();
  for (const { name, logged, sourceTopic } of task.subTopology.stores) {
    if (!logged) continue;
    const position =
      sourceTopic === undefined
        ? producer.acknowledged(changelog(name), task.partition)
        : task.queue(sourceTopic, task.partition)?.position;
    if (position !== undefined) positions.set(name, position);
  }
  return positions;
}
