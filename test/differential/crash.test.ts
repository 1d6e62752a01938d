import { describe, expect, it } from 'vitest';
import { answer } from './answer.ts';
import { type Kept, readKept } from './kept.ts';
import type { Scenario } from './scenario-format.ts';
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

  it('a session that grew is there once, although its beginning has expired below the cache', async () => {
    const scenario: Scenario = {
      name: 'session',
      config: { cacheBytes: 1_000_000, stores: ['sessions'] },
      ops: [
        { id: 's', op: 'stream', topic: 'in' },
        { id: 'g', op: 'groupByKey', in: 's' },
        {
          id: 'c',
          op: 'cogroup',
          in: 'g',
          others: [],
          store: 'sessions',
          window: { type: 'session', gapMs: 3, graceMs: 0 },
        },
        { id: 'o', op: 'toStream', in: 'c' },
        { op: 'to', in: 'o', topic: 'out' },
      ],
      inputs: [
        { topic: 'in', key: 'a', value: 'x', ts: 179 },
        { topic: 'in', key: 'a', value: 'y', ts: 182 },
        { topic: 'in', key: 'b', value: 'z', ts: 190 },
      ],
    };
    const [whole, crashed] = [await answer(scenario), await answer(scenario, 2)];
    expect(whole).toMatchObject({ stores: { sessions: ['a@179/182=xy', 'b@190/190=z'] } });
    expect(crashed).toMatchObject({ stores: { sessions: ['a@179/182=xy', 'b@190/190=z'] } });
  });
});
