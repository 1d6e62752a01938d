import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';

const RECORDS = 5_000;
const KILLS = 15;
const repository = join(import.meta.dirname, '../../..');

describe('a task that is killed at any moment', () => {
  let root = '';
  // Below node_modules, where the compiled code finds its packages.
  const build = join(repository, 'node_modules', `.kill-test-${process.pid}`);

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'delta-kill-'));
    const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
    execFileSync(process.execPath, [compiler, '-p', join(repository, 'tsconfig.build.json'), '--outDir', build]);
    await writeFile(join(build, 'package.json'), '{"type":"module"}');
  }, 120_000);
  afterAll(async () => {
    await rm(build, { recursive: true, force: true });
    await rm(root, { recursive: true, force: true });
  });

  /** Answers the exit code, or null when it was killed. */
  const runTask = (killAfterMs: number | null): Promise<number | null> =>
    new Promise((resolve, reject) => {
      const task = join(import.meta.dirname, 'killed-task.mjs');
      const child = spawn(process.execPath, [task, build, root, String(RECORDS)], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      const timer = killAfterMs === null ? null : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      child.on('error', reject);
      child.on('exit', (code) => {
        if (timer) clearTimeout(timer);
        resolve(code);
      });
    });

  const numbers = async (name: string): Promise<number[]> =>
    (await (await DeltaTable.open(join(root, name))).readRows()).map(({ n }) => Number(n)).sort((a, b) => a - b);

  it('leaves each row in its tables once', { timeout: 120_000 }, async () => {
    let code: number | null = null;
    for (let kills = 0; kills < KILLS && code === null; kills++) code = await runTask(150 + Math.random() * 350);
    code ??= await runTask(null);
    expect(code).toBe(0);

    const all = Array.from({ length: RECORDS }, (_, n) => n);
    expect(await numbers('all')).toEqual(all);
    expect(await numbers('seldom')).toEqual(all.filter((n) => n % 50 === 0));
    const newest = new Map(all.filter((n) => n % 3 === 0).map((n) => [n % 100, n]));
    expect(await numbers('newest')).toEqual(Array.from(newest.values()).sort((a, b) => a - b));
  });
});
