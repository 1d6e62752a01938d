import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Answer, answer } from '../../differential/answer.ts';
import { difference } from '../../differential/compare.mjs';
import { survivesCrash, withoutRepeated } from '../../differential/survives-crash.ts';
import type { Scenario } from '../../differential/scenario-format.ts';

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

/** What a script of the oracle prints. */
function printed(script: string, options: readonly string[], input = ''): string {
  const run = spawnSync(process.execPath, [join(folder, script), ...options], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
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
  it.each([
    ['generate.mjs', false],
    ['generate-more.mjs', false],
    ['generate.mjs', true],
    ['generate-more.mjs', true],
  ])(
    'have the same answers, after a crash too: %s, varied: %s',
    async (generator, varied) => {
      const seed = Math.floor(Date.now() / 1000);
      const vary = varied ? ` | node test/oracle/vary.mjs --seed ${seed}` : '';
      console.log(`node test/oracle/${generator} --seed ${seed} --count ${COUNT} --inputs 40${vary}`);
      const plain = printed(generator, ['--seed', `${seed}`, '--count', `${COUNT}`, '--inputs', '40']);
      const scenarios = varied ? printed('vary.mjs', ['--seed', `${seed}`], plain) : plain;
      const theirs = oracle(scenarios);
      const found: string[] = [];
      for (const [i, scenario] of lines<Scenario>(scenarios).entries()) {
        const answered = theirs[i];
        if (answered === undefined) continue;
        const prefix = Math.floor(Math.random() * scenario.inputs.length);
        const crash = survivesCrash(scenario, prefix) ? prefix : -1;
        for (const crashBefore of new Set([-1, crash])) {
          const given = await answer(scenario, crashBefore);
          const ours =
            'outputs' in given ? { ...given, outputs: withoutRepeated(given.outputs, scenario, crashBefore) } : given;
          const differs = 'notYet' in ours ? `not yet: ${ours.notYet}` : difference(answered, ours);
          if (differs !== null) found.push(`${scenario.name}, crash before ${crashBefore}: ${differs}`);
        }
      }
      expect(theirs).toHaveLength(COUNT);
      expect(found).toEqual([]);
    },
    10 * MINUTES,
  );
});
