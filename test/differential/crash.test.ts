import { describe, expect, it } from 'vitest';
import { answer } from './answer.ts';
import { type Kept, readKept } from './kept.ts';

/** Before which input the crash comes: anywhere, but the same with each run of the test. */
function prefixOf({ scenario }: Kept, i: number): number {
  return (i * 2_654_435_761) % scenario.inputs.length;
}

/**
 * A record without a partner is given null at the latest one record later or earlier than without the crash: what an
 * outer join has seen of time goes with its task, in Kafka Streams too. `test/testing/joins.test.ts` has its crashes.
 */
function waitsForPartners({ scenario }: Kept): boolean {
  return scenario.ops.some(({ op, window }) => op !== 'join' && window?.beforeMs !== undefined);
}

/** Names of the scenarios whose answers are other than Kafka Streams' ones after a crash. */
async function changed(kept: readonly Kept[]): Promise<string[]> {
  const names: string[] = [];
  for (const [i, one] of kept.entries()) {
    if (waitsForPartners(one)) continue;
    const prefix = prefixOf(one, i);
    const whole = await answer(one.scenario);
    if (!('outputs' in whole)) continue;
    const crashed = await answer(one.scenario, prefix);
    if (JSON.stringify(crashed) !== JSON.stringify(whole)) names.push(`${one.scenario.name} at ${prefix}`);
  }
  return names;
}

describe('after any prefix of the input, a crash and a restore from the changelogs', () => {
  it.each(['scenarios.jsonl.br', 'optimized.jsonl.br', 'more.jsonl.br'])(
    'the rest of the output is the same: %s',
    async (file) => {
      expect(await changed(readKept(file).slice(0, 600))).toEqual([]);
    },
  );
});
