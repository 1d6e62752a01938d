import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildCommand, command } from '../../faults/command.ts';

const python = process.env['PYTHON'] ?? 'python3';
const script = join(import.meta.dirname, 'check_tables.py');

const available = ((): boolean => {
  try {
    execFileSync(python, ['-c', 'import deltalake, pyarrow'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log(
      `skipped: the tables of claimx are not checked, since ${python} has no deltalake and pyarrow (set PYTHON)`,
    );
    return false;
  }
})();

interface Found {
  readonly rows: number;
  readonly twice: number;
  readonly orphans: number;
}

describe.skipIf(!available)('the tables of a claimx run, as delta-rs reads them', () => {
  let dir = '';
  beforeEach(async () => {
    buildCommand();
    dir = await mkdtemp(join(tmpdir(), 'claimx-tables-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it.each([
    { events: 600, seed: 5 },
    { events: 7, seed: 2 },
  ])(
    'hold the expected rows of $events events, each once and none without its project',
    async ({ events, seed }) => {
      const sample = ['--events', String(events), '--seed', String(seed), '--data-dir', dir];
      const run = command(['start', '--app', 'claimx', '--embedded', '--once', '--port', '0', ...sample]);
      if ((await run.ended) !== 0) throw new Error(run.output().slice(-4_000));
      const { tables } = JSON.parse(await readFile(join(dir, 'expected.json'), 'utf8')) as {
        tables: Record<string, number>;
      };
      const found = JSON.parse(execFileSync(python, [script, join(dir, 'lake')], { encoding: 'utf8' })) as Record<
        string,
        Found
      >;
      const clean = Object.entries(tables).map(([name, rows]) => [name, { rows, twice: 0, orphans: 0 }] as const);
      expect(found).toEqual(Object.fromEntries(clean));
    },
    60_000,
  );
});
