import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkTable } from '../../../src/sinks/delta/check-table.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';

const WRITERS = 10;
const STEPS = 30;
const repository = join(import.meta.dirname, '../../..');

describe('ten writers in processes of their own', () => {
  let root = '';
  // Below node_modules, where the compiled code finds its packages.
  const build = join(repository, 'node_modules', `.concurrent-test-${process.pid}`);
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'delta-concurrent-'));
    const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
    execFileSync(process.execPath, [compiler, '-p', join(repository, 'tsconfig.build.json'), '--outDir', build]);
    await writeFile(join(build, 'package.json'), '{"type":"module"}');
  }, 120_000);
  afterAll(async () => {
    await rm(build, { recursive: true, force: true });
    await rm(root, { recursive: true, force: true });
  });

  /** Runs a writer until it is done, however often it is killed. Answers the last step that it called acknowledged. */
  const writeAll = async (name: string): Promise<number> => {
    let acknowledged = -1;
    for (let lives = 0; ; lives++) {
      const done = await new Promise<boolean>((resolve, reject) => {
        const script = join(import.meta.dirname, 'concurrent-writer.mjs');
        const args = [script, build, join(root, 't'), name, String(STEPS)];
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
        // The first lives end by a kill, at any moment after the start.
        const timer = lives < 3 ? setTimeout(() => child.kill('SIGKILL'), 1_000 + Math.random() * 3_000) : null;
        child.stdout.on('data', (text: Buffer) => {
          for (const line of text.toString().trim().split('\n')) acknowledged = Number(line);
        });
        child.on('error', reject);
        child.on('exit', (code) => {
          if (timer) clearTimeout(timer);
          if (code === 0 || code === null) resolve(code === 0);
          else reject(new Error(`${name} ended with ${code}`));
        });
      });
      if (done) return acknowledged;
    }
  };

  it('write each row once while they are killed, and every version is valid', { timeout: 300_000 }, async () => {
    const names = Array.from({ length: WRITERS }, (_, i) => `writer-${i}`);
    await Promise.all(names.map(writeAll));

    const table = await DeltaTable.open(join(root, 't'));
    const rows = await table.readRows();
    const ids = rows.map(({ id }) => String(id)).sort();
    const wanted = names.flatMap((name) => Array.from({ length: STEPS }, (_, n) => `${name}-${n}`)).sort();
    expect(ids).toEqual(wanted);
    // Every merge changed the row before it.
    for (const { id, n } of rows) {
      const step = Number(String(id).split('-').at(-1));
      expect([id, n]).toEqual([id, step % 2 === 0 ? -1 : step]);
    }
    for (const name of names) expect(table.txnVersion(name)).toBe(STEPS - 1);
    expect((await checkTable(join(root, 't'))).faults).toEqual([]);
    let last = 0;
    for (let version = 1; version <= table.version; version += 7) {
      const { length } = await table.readRows({ version });
      expect(length).toBeGreaterThanOrEqual(last);
      last = length;
    }
  });
});
