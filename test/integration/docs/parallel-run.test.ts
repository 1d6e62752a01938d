import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { LakeTables } from '../../../src/cli/lake-tables.ts';
import { openCluster } from '../../../src/cli/open-cluster.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { StreamsApp } from '../../../src/runtime/streams-app.ts';
import { fakeTerminal } from '../../cli/terminal-fixture.ts';

describe('the steps of docs/migration.md', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parallel-run-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A step as it is printed, but in a folder of the test. */
  async function run(step: string): Promise<{ readonly out: string; readonly code: number }> {
    const { terminal, written } = fakeTerminal();
    let code = 0;
    const program = createProgram({
      terminal,
      environment: {},
      folder,
      stop: AbortSignal.timeout(60_000),
      exitCode: (given) => (code = given),
      openCluster,
      createRuntime: (topology, config) => new StreamsApp(topology, config),
      lakeTables: (at) => new LakeTables(at),
    });
    const words = step.split(' ').slice(1);
    const placed = words.map((word, i) => (words[i - 1] === '--data-dir' ? join(folder, word) : word));
    await program.parseAsync(placed, { from: 'user' });
    return { out: written.out, code };
  }

  it('compare two runs, which are the same, and name the row that one event has changed', async () => {
    const text = await readFile('docs/migration.md', 'utf8');
    const [, part = ''] = text.split('## Two runs beside each other');
    const steps = [...part.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.trim().split('\n'));
    const results: { readonly out: string; readonly code: number }[] = [];
    for (const step of steps) results.push(await run(step));

    const same = { code: 0, out: expect.stringMatching(/the tables are the same: \d+ rows\n$/) as string };
    const started = { code: 0, out: expect.stringContaining('All as expected.') as string };
    expect(results).toEqual([
      started,
      started,
      same,
      same,
      same,
      started,
      {
        code: 1,
        out: expect.stringMatching(/\n1 rows differ\n {2}"t-619147fd1e"\nthe tables differ; \d+ rows/) as string,
      },
      { code: 0, out: expect.stringContaining('"status":"COMPLETED"') as string },
      { code: 0, out: expect.stringContaining('"status":"ASSIGNED"') as string },
    ]);
  }, 180_000);
});
