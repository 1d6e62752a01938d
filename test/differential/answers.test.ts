import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Answer, answer } from './answer.ts';
import type { Scenario } from './scenario.ts';

function lines<T>(file: string): T[] {
  const text = readFileSync(new URL(`../golden/differential/${file}`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

const scenarios = lines<Scenario>('scenarios.jsonl');
const theirs = new Map(lines<Answer>('answers.jsonl').map((one) => [one.name, one]));

describe('random topologies', () => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    'answer record by record what Kafka Streams 4.3.1 answers: %s',
    async (name, scenario) => {
      expect(await answer(scenario)).toEqual(theirs.get(name));
    },
  );
});
