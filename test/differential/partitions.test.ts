import { expect, it } from 'vitest';
import { type Answer, answer, type Output } from './answer.ts';
import { type Kept, readKept } from './kept.ts';
import type { Input, Scenario } from './scenario-format.ts';

type Step = Input & { readonly step: number };

const stepsOf = ({ inputs }: Scenario): readonly Step[] => inputs as readonly Step[];

/** The scenario that the kept ones are the partitions of. */
function whole(parts: readonly Kept[]): Scenario {
  const steps = new Map(
    parts.flatMap(({ scenario }) => stepsOf(scenario).map((input) => [input.step, input] as const)),
  );
  const [first] = parts;
  if (first === undefined) throw new Error('a scenario has no partitions');
  return { ...first.scenario, inputs: [...steps.values()].sort((one, other) => one.step - other.step) };
}

/** Outputs under the step of the whole scenario, in its order. */
function numbered({ inputs }: Scenario, answered: Answer): Output[] {
  if (!('outputs' in answered)) throw new Error(`${answered.name} has no outputs`);
  return answered.outputs.map((output) => ({ ...output, step: (inputs[output.step] as Step).step }));
}

it('several partitions answer what Kafka Streams 4.3.1 answers of each, where nothing is repartitioned', async () => {
  const scenarios = new Map<string, Kept[]>();
  for (const kept of readKept('partitions.jsonl.br')) {
    const name = kept.scenario.name.split('/')[0] ?? '';
    scenarios.set(name, [...(scenarios.get(name) ?? []), kept]);
  }
  const different: string[] = [];
  for (const [name, parts] of scenarios) {
    const scenario = whole(parts);
    const ours = numbered(scenario, await answer(scenario));
    const theirs = parts
      .flatMap(({ scenario: part, answer: answered }) => numbered(part, answered))
      .sort((one, other) => one.step - other.step);
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) different.push(name);
  }
  expect(scenarios.size).toBeGreaterThan(100);
  expect(different).toEqual([]);
}, 120_000);
