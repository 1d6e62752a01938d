import { checkLetters, type LettersVerdict } from './letters.ts';
import type { Scene } from './scene.ts';
import { checkTableKeys, type TableVerdict } from './table-keys.ts';

export interface Verdict {
  readonly tables: Readonly<Record<string, TableVerdict>>;
  readonly deadLetters: Readonly<Record<string, LettersVerdict>>;
  /** A line for each thing that is not as the generator says; none: all is. */
  readonly differences: readonly string[];
}

export interface JudgeOptions {
  /** At least once, a crash may write a dead letter twice, and says so in its documentation. */
  readonly lettersTwice: 'allowed' | 'refused';
}

/** Compares what a run left, key by key, with what the generator of its input says it must leave. */
export async function judge(scene: Scene, { lettersTwice }: JudgeOptions): Promise<Verdict> {
  const { client, registry, lake, sample } = scene;
  const tables: Record<string, TableVerdict> = {};
  const deadLetters: Record<string, LettersVerdict> = {};
  const differences: string[] = [];
  for (const [name, keys] of Object.entries(sample.facts.tables)) {
    const verdict = await checkTableKeys(scene.tables, lake, name, keys);
    tables[name] = verdict;
    const { twice, missing, unexpected } = verdict;
    if (twice + missing + unexpected > 0) {
      differences.push(`${name}: ${missing} rows missing, ${unexpected} unexpected, ${twice} twice`);
    }
  }
  for (const [topic, things] of Object.entries(sample.facts.deadLetters)) {
    const verdict = await checkLetters(client, registry, topic, things);
    deadLetters[topic] = verdict;
    const { twice, missing, unexpected, wrongCause, examples } = verdict;
    if (missing + unexpected + wrongCause > 0 || (twice > 0 && lettersTwice === 'refused')) {
      const wrong = `${wrongCause} with a wrong cause${examples.map((example) => `; ${example}`).join('')}`;
      differences.push(`${topic}: ${missing} missing, ${unexpected} unexpected, ${twice} twice, ${wrong}`);
    }
  }
  return { tables, deadLetters, differences };
}
