import type { KafkaClient } from '../kafka/client.ts';
import { renderAppJson } from '../topology/render/json.ts';
import type { StagePlan } from '../topology/render/picture.ts';

const EMBEDDED_PARTITIONS = 4;

/** Topics that the stages write and that are dead letters by their name; somebody may read them, to note failures. */
export function deadLetterTopics(stages: readonly StagePlan[]): string[] {
  return renderAppJson(stages)
    .topics.filter(({ writers }) => writers.length > 0)
    .map(({ name }) => name)
    .filter((name) => /(^|[._-])(dlq|dead-?letters?)([._-]|$)/i.test(name));
}

/** Makes the topics that the stages share with the world, where the application's sample did not: embedded only. */
export async function createOuterTopics(client: KafkaClient, stages: readonly StagePlan[]): Promise<void> {
  const names = renderAppJson(stages).topics.map(({ name }) => name);
  const there = await client.admin.describeTopics(names);
  const missing = names.filter((name) => !there.has(name));
  if (missing.length === 0) return;
  await client.admin.createTopics(
    missing.map((name) => ({ name, partitions: EMBEDDED_PARTITIONS, replicationFactor: 1 })),
  );
}
