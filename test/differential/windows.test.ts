import { describe, expect, it } from 'vitest';
import { answer } from './answer.ts';
import { readKept } from './kept.ts';

/** Fields in one order; of a refused scenario only that it was, since the message is in our words. */
function comparable(answered: object): string {
  if ('error' in answered) return 'refused';
  return JSON.stringify(Object.fromEntries(Object.entries(answered).sort(([one], [other]) => (one < other ? -1 : 1))));
}

describe.each(['windows.jsonl.br', 'cogroup.jsonl.br'])('random topologies of %s', (file) => {
  it('answer record by record what Kafka Streams 4.3.1 answers', async () => {
    const different: string[] = [];
    for (const { scenario, answer: theirs } of readKept(file)) {
      if (comparable(await answer(scenario)) !== comparable(theirs)) different.push(scenario.name);
    }
    expect(different).toEqual([]);
  }, 60_000);
});
