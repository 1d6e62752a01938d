import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Scenario } from '../differential/scenario-format.ts';
import { buildScenario } from '../differential/scenario.ts';

const golden = new URL('../golden/describe/', import.meta.url);
const names = readdirSync(golden)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length));

describe('the text of a topology', () => {
  it.each(names)('is what Kafka Streams 4.3.1 prints: %s', (name) => {
    const scenario = JSON.parse(readFileSync(new URL(`${name}.json`, golden), 'utf8')) as Scenario;
    expect(buildScenario(scenario).describe()).toBe(readFileSync(new URL(`${name}.txt`, golden), 'utf8'));
  });

  it('has a golden file for each operator of the scenarios', () => {
    expect(names.length).toBeGreaterThan(35);
  });
});
