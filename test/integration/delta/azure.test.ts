import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { field, struct } from '../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { azureLake } from '../../../src/sinks/lake/azure.ts';
import { FakeDfs } from '../../sinks/lake/fake-dfs.ts';

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

describe.skipIf(!available)('a table in Azure', () => {
  let dfs: FakeDfs;
  let folder = '';
  beforeEach(async () => {
    dfs = await FakeDfs.start();
    folder = await mkdtemp(join(tmpdir(), 'delta-azure-'));
  });
  afterEach(async () => {
    await dfs.close();
    await rm(folder, { recursive: true });
  });

  it('is read by delta-rs, every file as it lies in the container', async () => {
    const lake = azureLake(dfs.url, { credential: { accountName: 'fake', accountKey: '' }, baseMs: 1, maxMs: 5 });
    const schema = struct(field('id', 'string', { nullable: false }), field('n', 'long'), field('p', 'string'));
    const table = await DeltaTable.createOrOpen('t', { schema, partitionBy: ['p'] }, { lake, checkpointInterval: 4 });
    let n = 0;
    dfs.chaos = () => (++n % 9 === 0 ? { status: 500, after: n % 2 === 0 } : null);
    const txn = (version: number) => ({ txn: { appId: 'events-0', version } });
    for (let i = 0; i < 9; i++) await table.append([{ id: `${i}`, n: i, p: i % 2 ? 'a b/ü%' : null }], txn(i));
    await table.merge([{ id: '3', n: 300, p: 'a b/ü%' }], ['id'], txn(9));
    await table.settled();

    for (const [name, { bytes }] of dfs.files) {
      await mkdir(join(folder, dirname(name)), { recursive: true });
      await writeFile(join(folder, name), bytes);
    }
    const seen = JSON.parse(
      execFileSync(python, [script, 'read', join(folder, 't'), 'events-0'], { encoding: 'utf8' }),
    ) as { rows: { id: string; n: number; p: string | null }[]; txns: Record<string, number> };
    const rows = seen.rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, n, p }) => [id, n, p]);
    const expected = Array.from({ length: 9 }, (_, i) => [`${i}`, i === 3 ? 300 : i, i % 2 ? 'a b/ü%' : null]);
    expect(rows).toEqual(expected);
    expect(seen.txns).toEqual({ 'events-0': 9 });
  });
});
