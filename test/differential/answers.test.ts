import { describe, expect, it } from 'vitest';
import { answer } from './answer.ts';
import { type Kept, readKept } from './kept.ts';

/** Enough to be told apart when one fails, few enough to be read. */
const AT_ONCE = 200;

/** Names of the scenarios whose answers differ, and how many had an operator that is not here yet. */
async function differing(kept: readonly Kept[]): Promise<{ readonly different: string[]; readonly missing: number }> {
  const different: string[] = [];
  let missing = 0;
  for (const { scenario, answer: theirs } of kept) {
    const ours = await answer(scenario);
    if ('notYet' in ours) missing++;
    else if ('error' in ours ? !('error' in theirs) : JSON.stringify(order(ours)) !== JSON.stringify(order(theirs))) {
      different.push(scenario.name);
    }
  }
  return { different, missing };
}

/** Fields in one order, the refused scenario's message left out: it is in our words. */
function order(answered: object): object {
  return Object.fromEntries(Object.entries(answered).sort(([one], [other]) => (one < other ? -1 : 1)));
}

describe.each([
  'scenarios.jsonl.br',
  'optimized.jsonl.br',
  'more.jsonl.br',
  'processing.jsonl.br',
  'varied.jsonl.br',
  'cached.jsonl.br',
])('random topologies of %s', (file) => {
  const kept = readKept(file);
  const slices = Array.from({ length: Math.ceil(kept.length / AT_ONCE) }, (_, i) => i * AT_ONCE);
  let compared = 0;

  it.each(slices)('answer record by record what Kafka Streams 4.3.1 answers, from number %i on', async (from) => {
    const slice = kept.slice(from, from + AT_ONCE);
    const { different, missing } = await differing(slice);
    expect(different).toEqual([]);
    compared += slice.length - missing;
  });

  it('are compared, and not only left out', () => {
    expect(compared).toBeGreaterThan(kept.length / 4);
  });
});
