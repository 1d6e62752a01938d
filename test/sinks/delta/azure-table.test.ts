import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkTable } from '../../../src/sinks/delta/check-table.ts';
import { field, struct } from '../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { azureLake } from '../../../src/sinks/lake/azure.ts';
import { openLake } from '../../../src/sinks/lake/open-lake.ts';
import { type DfsFault, FakeDfs } from '../lake/fake-dfs.ts';

const credential = { accountName: 'fake', accountKey: '' };
const quick = { credential, baseMs: 1, maxMs: 5 };
const definition = {
  schema: struct(field('id', 'string', { nullable: false }), field('n', 'long'), field('day', 'string')),
  partitionBy: ['day'],
};
const rowOf = (writer: number, i: number) => ({ id: `${writer}/${i}`, n: i, day: `d ${i % 2}%` });

describe('a Delta table in Azure', () => {
  let dfs: FakeDfs;
  const open = (): Promise<DeltaTable> =>
    DeltaTable.createOrOpen(`${dfs.url}/Tables/events`, definition, {
      lake: (uri) => openLake(uri, { azure: quick }),
      checkpointInterval: 5,
    });
  const ids = async (): Promise<string[]> => {
    dfs.chaos = null;
    const table = await DeltaTable.open('Tables/events', { lake: azureLake(dfs.url, quick) });
    return (await table.readRows()).map((row) => String(row['id'])).sort();
  };
  beforeEach(async () => {
    dfs = await FakeDfs.start();
  });
  afterEach(() => dfs.close());

  it('is written, merged and read back, partitions with odd names and checkpoints included', async () => {
    const table = await open();
    for (let i = 0; i < 7; i++) await table.append([rowOf(0, i)]);
    await table.merge([{ id: '0/1', n: 100, day: 'd 1%' }], ['id']);
    await table.settled();
    expect(await ids()).toEqual(Array.from({ length: 7 }, (_, i) => `0/${i}`));
    expect([...dfs.files.keys()].filter((name) => name.includes('.checkpoint.'))).not.toEqual([]);
  });

  it('is merged, compacted and ordered by DuckDB through copies that are gone afterwards', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'azure-engine-'));
    try {
      const engine = { minBytes: 0, tempFolder: folder, memoryLimitBytes: 64 << 20 };
      const lake = azureLake(dfs.url, { ...quick, blockBytes: 64 << 10 });
      const table = await DeltaTable.createOrOpen('Tables/events', definition, { lake, engine });
      for (let i = 0; i < 4; i++) await table.append([rowOf(i, 0), rowOf(i, 1)]);
      let calls = 0;
      dfs.chaos = () => (++calls % 11 === 0 ? { status: 503, retryAfter: '0' } : null);
      await table.merge([{ id: '1/0', n: 100 }, { id: '2/1', n: 7, day: 'moved/ü' }, rowOf(9, 0)], ['id']);
      await table.optimize();
      await table.optimize({ zOrderBy: ['id', 'n'] });
      dfs.chaos = null;
      const rows = (await table.readRows()).map((row) => [row['id'], row['n'], row['day']]);
      const others = [0, 1, 2, 3].flatMap((i) => [
        [`${i}/0`, i === 1 ? 100 : 0, 'd 0%'],
        [`${i}/1`, i === 2 ? 7 : 1, i === 2 ? 'moved/ü' : 'd 1%'],
      ]);
      const byId = rows.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
      expect(byId).toEqual([...others, ['9/0', 0, 'd 0%']]);
      expect((await checkTable('Tables/events', { lake })).faults).toEqual([]);
      expect(await readdir(folder)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('knows its own commit when the answer was lost', async () => {
    const table = await open();
    await table.append([rowOf(0, 0)]);
    const commits = (): number => [...dfs.files.keys()].filter((name) => /_delta_log\/\d+\.json$/.test(name)).length;
    for (const [i, taken] of ([409, 412] as const).entries()) {
      dfs.takenStatus = taken;
      // The data file's rename comes first, the commit's second.
      dfs.plan('rename', {}, { status: 500, after: true });
      const before = commits();
      await table.append([rowOf(1, i)], { txn: { appId: 'app', version: i } });
      expect(commits()).toBe(before + 1);
    }
    expect(await ids()).toEqual(['0/0', '1/0', '1/1']);
  });

  it('loses and doubles nothing when many writers meet faults of every kind', async () => {
    const kinds: readonly DfsFault[] = [
      { status: 500, after: true },
      { status: 503, retryAfter: '0' },
      { cut: 'connection', after: true },
      { cut: 'connection' },
      { cut: 'body' },
      { status: 429, retryAfter: '0' },
    ];
    let n = 0;
    await open();
    dfs.chaos = () => (++n % 13 === 0 ? (kinds[(n / 13) % kinds.length] ?? null) : null);
    const writers = await Promise.all(Array.from({ length: 5 }, open));
    await Promise.all(
      writers.map(async (table, writer) => {
        for (let i = 0; i < 4; i++) {
          await (writer % 3 === 0
            ? table.merge([rowOf(writer, i)], ['id'], { txn: { appId: `${writer}`, version: i } })
            : table.append([rowOf(writer, i)], { txn: { appId: `${writer}`, version: i } }));
        }
        await table.settled();
      }),
    );
    const expected = writers.flatMap((_, writer) => Array.from({ length: 4 }, (__, i) => `${writer}/${i}`));
    expect(await ids()).toEqual(expected.sort());
    expect(n).toBeGreaterThan(150);
  }, 60_000);
});
