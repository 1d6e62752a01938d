import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { field, struct } from '../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { localLake } from '../../../src/sinks/lake/local.ts';
import { faultyLake } from './faulty-lake.ts';
import { tableFolder } from './table-folder.ts';

const schema = struct(field('id', 'string'), field('day', 'date'));

describe('overwrite', () => {
  const path = tableFolder();
  const ids = async (table: DeltaTable): Promise<string[]> =>
    (await table.readRows()).map(({ id }) => String(id)).sort();

  it('replaces the partitions that the new rows are in, and all rows where it is told to', async () => {
    const table = await DeltaTable.createOrOpen(path('t'), { schema, partitionBy: ['day'] });
    await table.append([
      { id: 'a', day: '2026-01-01' },
      { id: 'b', day: '2026-01-02' },
      { id: 'c', day: null },
    ]);
    await table.overwrite([{ id: 'd', day: '2026-01-02' }, { id: 'e' }], { txn: { appId: 'app', version: 1 } });
    expect(await ids(table)).toEqual(['a', 'd', 'e']);
    expect(await table.overwrite([{ id: 'x' }], { txn: { appId: 'app', version: 1 } })).toMatchObject({
      kind: 'taken',
    });
    await table.overwrite([{ id: 'f', day: '2026-01-09' }], { scope: 'table' });
    expect(await ids(table)).toEqual(['f']);
  });

  it('replaces what another writer put into the partition in between', async () => {
    const { lake, faults } = faultyLake(localLake(path()));
    const table = await DeltaTable.createOrOpen('t', { schema, partitionBy: ['day'] }, { lake });
    const other = await DeltaTable.open('t', { lake: localLake(path()) });
    faults.before.push(() =>
      other.append([
        { id: 'late', day: '2026-01-01' },
        { id: 'kept', day: '2026-01-02' },
      ]),
    );
    await table.overwrite([{ id: 'new', day: '2026-01-01' }]);
    expect(await ids(table)).toEqual(['kept', 'new']);
  });

  it('leaves nothing behind where rows may only be added', async () => {
    const table = await DeltaTable.createOrOpen(path('t'), { schema, configuration: { 'delta.appendOnly': 'true' } });
    await table.append([{ id: 'a' }]);
    await expect(table.overwrite([{ id: 'b' }])).rejects.toMatchObject({ code: 'TABLE_INVALID' });
    expect((await readdir(path('t'))).filter((name) => name.endsWith('.parquet'))).toHaveLength(1);
  });
});
