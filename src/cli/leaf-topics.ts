import type { StagePlan } from '../topology/render/picture.ts';
import { renderAppJson } from '../topology/render/json.ts';

/** Topics that the stages write and nobody of them reads, and that are dead letters by their name. */
export function deadLetterTopics(stages: readonly StagePlan[]): string[] {
  return renderAppJson(stages)
    .topics.filter(({ writers, readers }) => writers.length > 0 && readers.length === 0)
    .map(({ name }) => name)
    .filter((name) => /(^|[._-])(dlq|dead-?letters?)([._-]|$)/i.test(name));
}

/** Topics that come from outside, or go there: not internal to a stage. */
export function outerTopics(stages: readonly StagePlan[]): string[] {
  return renderAppJson(stages).topics.map(({ name }) => name);
}
