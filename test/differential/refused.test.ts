import { describe, expect, it } from 'vitest';
import { answer } from './answer.ts';
import { readKept } from './kept.ts';

/** Refused here when it is built, and by Kafka Streams later or never: see docs/differences.md. */
const HERE_ONLY = new Set([
  'a topic name with a slash',
  'a source topic with a slash',
  'a repartition with a slash',
  'a loop',
  'nothing',
  'a negative grace',
  'a pattern that matches a global topic',
  'a negative time limit of a suppression',
]);

describe('a topology is refused when Kafka Streams 4.3.1 refuses it', () => {
  it.each(
    readKept('refused.jsonl.br').map(({ scenario, answer: theirs }) => [scenario.name, scenario, theirs] as const),
  )('%s', async (name, scenario, theirs) => {
    const ours = await answer(scenario);
    const refused = 'error' in theirs || HERE_ONLY.has(name);
    expect('error' in ours ? ours.error : 'accepted').toBe(refused ? 'TOPOLOGY_INVALID' : 'accepted');
  });
});
