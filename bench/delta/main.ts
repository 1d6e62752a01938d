import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const HELP = `npm run bench:delta -- [--rounds 5] [--python python3]

The table writer beside delta-rs (python deltalake), each case in a fresh process, by turns, on the local disk:
  small   100 commits of 1,000 rows, each with an application mark and after looking for other commits (table kept open)
  append  500,000 rows in one commit (ours from JS objects, delta-rs from Arrow in memory)
  merge   10,000 rows (1,000 of them new) by key into a table of one file with 500,000
Ratios are medians of the rounds; the target for small is 1.5x, for merge 1.2x and 0.7x of the memory.`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    python: { type: 'string', default: process.env['PYTHON'] ?? 'python3' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

interface Result {
  readonly seconds: number;
  /** Of all threads: what is left to compare by on a machine that does other work. */
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

const folder = mkdtempSync(join(tmpdir(), 'bench-delta-'));
const script = join(process.cwd(), 'bench/delta/delta_rs.py');
const run = (command: string, args: readonly string[]): Result =>
  JSON.parse(execFileSync(command, args, { encoding: 'utf8' })) as Result;
const ours = (name: string, table: string): Result =>
  run(process.execPath, [join(import.meta.dirname, 'run-case.js'), name, table]);
const theirs = (name: string, table: string): Result => run(values.python, [script, name, table]);
const middle = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

try {
  // Both merge into the same table, which delta-rs wrote.
  const base = join(folder, 'base');
  theirs('append', base);
  for (const name of ['small', 'append', 'merge']) {
    const results: { ours: Result; theirs: Result }[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const [a, b] = [join(folder, 'ours'), join(folder, 'theirs')];
      if (name === 'merge') for (const copy of [a, b]) cpSync(base, copy, { recursive: true });
      const first = round % 2 === 0 ? ours(name, a) : null;
      const other = theirs(name, b);
      results.push({ ours: first ?? ours(name, a), theirs: other });
      for (const used of [a, b]) rmSync(used, { recursive: true, force: true });
    }
    const [mine, other] = [middle(results.map((r) => r.ours.seconds)), middle(results.map((r) => r.theirs.seconds))];
    const ratio = middle(results.map((r) => r.theirs.seconds / r.ours.seconds));
    const memory = middle(results.map((r) => r.ours.peakMb / r.theirs.peakMb));
    const cpu = (side: 'ours' | 'theirs'): string => middle(results.map((r) => r[side].cpuSeconds)).toFixed(2);
    const work = middle(results.map((r) => r.theirs.cpuSeconds / r.ours.cpuSeconds));
    const peaks = `${middle(results.map((r) => r.ours.peakMb)).toFixed(0)} MB against ${middle(results.map((r) => r.theirs.peakMb)).toFixed(0)} MB (${memory.toFixed(2)}x)`;
    const rate =
      name === 'small'
        ? `${(100 / mine).toFixed(0)} commits/s`
        : name === 'append'
          ? `${Math.round(500 / mine)}k rows/s`
          : '';
    console.log(
      `${name.padEnd(7)} ${mine.toFixed(3)} s against ${other.toFixed(3)} s: ${ratio.toFixed(2)}x as fast; ` +
        `CPU ${cpu('ours')} s against ${cpu('theirs')} s (${work.toFixed(2)}x); ${peaks} ${rate}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
