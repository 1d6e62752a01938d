import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Answer, answer } from '../../differential/answer.ts';
import { difference } from '../../differential/compare.mjs';
import type { Scenario } from '../../differential/scenario.ts';

const folder = fileURLToPath(new URL('../../oracle/', import.meta.url));
const has = (command: string): boolean => spawnSync(command, ['-version'], { stdio: 'ignore' }).status === 0;
const jvm = has('java') && has('mvn');
/** Scenarios of each generator. */
const COUNT = 150;
const MINUTES = 60_000;

const lines = <T>(text: string): T[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

function generated(generator: string, seed: number): string {
  const run = spawnSync(
    process.execPath,
    [join(folder, generator), '--seed', String(seed), '--count', String(COUNT), '--inputs', '40'],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  expect(run.stderr).toBe('');
  return run.stdout;
}

/** What Kafka Streams itself answers. */
function oracle(scenarios: string): Answer[] {
  const run = spawnSync('sh', [join(folder, 'oracle')], {
    input: scenarios,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ORACLE_BUILD: join(tmpdir(), 'topology-streams-oracle') },
  });
  expect({ status: run.status, stderr: run.stderr }).toMatchObject({ status: 0 });
  return lines<Answer>(run.stdout);
}

describe.skipIf(!jvm)('scenarios that nobody has seen before, on Kafka Streams 4.3.1 and here', () => {
  it.each(['generate.mjs', 'generate-more.mjs'])(
    'have the same answers: %s',
    async (generator) => {
      const seed = Math.floor(Date.now() / 1000);
      console.log(`node test/oracle/${generator} --seed ${seed} --count ${COUNT} --inputs 40`);
      const scenarios = generated(generator, seed);
      const theirs = oracle(scenarios);
      const found: string[] = [];
      for (const [i, scenario] of lines<Scenario>(scenarios).entries()) {
        const ours = await answer(scenario);
        const answered = theirs[i];
        if (answered === undefined || 'notYet' in ours) continue;
        const differs = difference(answered, ours);
        if (differs !== null) found.push(`${scenario.name}: ${differs}`);
      }
      expect(theirs).toHaveLength(COUNT);
      expect(found).toEqual([]);
    },
    10 * MINUTES,
  );
});
