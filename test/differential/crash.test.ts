import { describe, expect, it } from 'vitest';
import { answer } from './answer.ts';
import { type Kept, readKept } from './kept.ts';
import { survivesCrash, withoutRepeated } from './survives-crash.ts';

/** Before which input the crash comes: anywhere, but the same with each run of the test. */
function prefixOf({ scenario }: Kept, i: number): number {
  return (i * 2_654_435_761) % scenario.inputs.length;
}

/** Names of the scenarios whose answers are other than Kafka Streams' ones after a crash. */
async function changed(kept: readonly Kept[]): Promise<string[]> {
  const names: string[] = [];
  for (const [i, one] of kept.entries()) {
    const { answer: theirs, scenario } = one;
    const prefix = prefixOf(one, i);
    if (!('outputs' in theirs) || !survivesCrash(scenario, prefix)) continue;
    const crashed = await answer(scenario, prefix);
    const rest = 'outputs' in crashed ? withoutRepeated(crashed.outputs, scenario, prefix) : null;
    if (JSON.stringify(rest) !== JSON.stringify(theirs.outputs)) names.push(`${scenario.name} at ${prefix}`);
  }
  return names;
}

describe('after any prefix of the input, a crash and a restore from the changelogs', () => {
  it.each([
    'scenarios.jsonl.br',
    'optimized.jsonl.br',
    'more.jsonl.br',
    'windows.jsonl.br',
    'cogroup.jsonl.br',
    'processing.jsonl.br',
    'varied.jsonl.br',
    'cached.jsonl.br',
  ])(
    'the rest of the output is the same: %s',
    async (file) => {
      expect(await changed(readKept(file))).toEqual([]);
    },
    180_000,
  );
});
