import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { delta } from '../../../src/sinks/delta/delta.ts';
import { field, struct } from '../../../src/sinks/delta/schema.ts';
import type { LakeStore } from '../../../src/sinks/lake/lake-store.ts';
import { localLake } from '../../../src/sinks/lake/local.ts';
import type { SinkConnector } from '../../../src/sinks/sink.ts';
import { killedAt, type KillPoint } from '../../sinks/delta/kill-points.ts';
import { run } from '../../sinks/delta/sink-harness.ts';

const python = process.env['PYTHON'] ?? 'python3';
const script = join(import.meta.dirname, 'read_with_delta_rs.py');
const available = ((): boolean => {
  try {
    execFileSync(python, ['-c', 'import deltalake, pyarrow'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log(`skipped: ${python} has no deltalake and pyarrow (set PYTHON)`);
    return false;
  }
})();

const values = Array.from({ length: 80 }, (_, n) => ({ id: `${n}`, n }));
const schema = struct(field('id', 'string', { nullable: false }), field('n', 'long'));
const sinkIn = (lake: LakeStore, mode: 'append' | 'merge'): SinkConnector<string, (typeof values)[number]> =>
  delta('t', { lake, schema, mode, mergeKeys: ['id'], checkpointInterval: 3 });

const POINTS: readonly KillPoint[] = [
  { call: 'write', name: /part-/, nth: 2, when: 'half' },
  { call: 'putIfAbsent', name: /_delta_log/, nth: 4, when: 'before' },
  { call: 'putIfAbsent', name: /_delta_log/, nth: 5, when: 'after' },
  { call: 'write', name: /checkpoint\.parquet$/, when: 'half' },
  { call: 'write', name: /_last_checkpoint$/, when: 'before' },
];

describe.skipIf(!available)('the table of a sink whose process ended', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'killed-sink-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it.each(['append', 'merge'] as const)('has each row once to delta-rs, after every kill (%s)', async (mode) => {
    for (const [i, point] of POINTS.entries()) {
      const end = 10 * (i + 3);
      const process = killedAt(localLake(root), point);
      const writer = await run(sinkIn(process.lake, mode), values.slice(0, end), { every: 2 }).catch(() => null);
      await writer?.close().catch(() => undefined);
      expect([i, process.dead()]).toEqual([i, true]);
      await (await run(sinkIn(localLake(root), mode), values.slice(0, end), { every: 5 })).close();
      const seen = JSON.parse(
        execFileSync(python, [script, 'read', join(root, 't'), 'app-sink-events-0'], { encoding: 'utf8' }),
      ) as { rows: { n: number }[]; txns: Record<string, number> };
      const numbers = seen.rows.map(({ n }) => n).sort((a, b) => a - b);
      expect([i, numbers]).toEqual([i, values.slice(0, end).map(({ n }) => n)]);
      expect(seen.txns).toEqual({ 'app-sink-events-0': end - 1 });
    }
  });
});
