import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkTable } from '../../../../src/sinks/delta/check-table.ts';
import { printCommit, putCommit } from '../../../../src/sinks/delta/log.ts';
import { array, field, struct } from '../../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../../src/sinks/delta/table.ts';
import { localLake } from '../../../../src/sinks/lake/local.ts';
import { tableFolder } from '../table-folder.ts';

const schema = struct(
  field('id', 'long'),
  field('text', 'string'),
  field('at', 'timestamp'),
  field('price', 'decimal(9,2)'),
  field('nested', struct(field('n', 'integer'), field('list', array('string')), field('when', 'timestamp'))),
);

function* rows(count: number): Generator<Record<string, unknown>> {
  for (let id = 0; id < count; id++) {
    const nested = id % 5 ? { n: id % 100, list: id % 3 ? ['a', null] : null, when: BigInt(id) } : null;
    yield { id, text: id % 7 ? `text ${id}` : null, at: BigInt(id) * 1000n, price: '1.25', nested };
  }
}

describe('an append of many rows', () => {
  const path = tableFolder();
  const left = async (): Promise<string[]> => (await readdir(path('t'))).filter((name) => name !== '_delta_log');

  it('goes through DuckDB into one file, which holds what was given', { timeout: 60_000 }, async () => {
    const table = await DeltaTable.createOrOpen(path('t'), { schema });
    await table.append(rows(70_000), { txn: { appId: 'a', version: 1 } });
    expect(table.fileCount).toBe(1);
    expect(await left()).toHaveLength(1);
    expect((await checkTable(path('t'))).faults).toEqual([]);
    const read = await table.readRows();
    expect(read).toHaveLength(70_000);
    const byId = read.toSorted((a, b) => Number(a['id']) - Number(b['id']));
    const when = '1970-01-01T00:00:00.065536Z';
    expect(byId[65_536]).toEqual({
      id: 65_536,
      text: 'text 65536',
      at: '1970-01-01T00:01:05.536000Z',
      price: '1.25',
      nested: { n: 36, list: ['a', null], when },
    });
    expect(byId[35_000]).toMatchObject({ text: null, nested: null });
    // The same again writes nothing, and leaves nothing behind.
    expect(await table.append(rows(60_000), { txn: { appId: 'a', version: 1 } })).toMatchObject({ kind: 'taken' });
    expect(await left()).toHaveLength(1);
  });

  it('writes nothing when a late row does not fit', async () => {
    const table = await DeltaTable.createOrOpen(path('t'), { schema });
    const wrong = function* (): Generator<Record<string, unknown>> {
      yield* rows(60_000);
      yield { id: 'no number' };
    };
    await expect(table.append(wrong())).rejects.toMatchObject({ code: 'SERIALIZATION' });
    expect([table.version, await left()]).toEqual([0, []]);
  });

  it('is the same without DuckDB, and in a table with partitions', { timeout: 60_000 }, async () => {
    const plain = await DeltaTable.createOrOpen(path('t'), { schema }, { engine: false });
    await plain.append(rows(51_000));
    const parts = await DeltaTable.createOrOpen(path('p'), {
      schema: struct(field('id', 'long'), field('part', 'string')),
      partitionBy: ['part'],
    });
    await parts.append(Array.from({ length: 51_000 }, (_, id) => ({ id, part: `p${id % 3}` })));
    expect([plain.statistics().rows, parts.statistics().rows, parts.fileCount]).toEqual([51_000, 51_000, 3]);
    expect((await checkTable(path('p'))).faults).toEqual([]);
  });

  it('merges into a file of one row group in two parts, each row once', { timeout: 60_000 }, async () => {
    const table = await DeltaTable.createOrOpen(path('t'), {
      schema: struct(field('id', 'long'), field('text', 'string')),
    });
    await addForeignFile(path('t'), 60_001);
    await table.refresh();
    const merged = new Map([
      [7, 'seven'],
      [30_000, 'middle'],
      [60_000, 'last'],
      [-1, 'new'],
    ]);
    await table.merge(
      Array.from(merged, ([id, text]) => ({ id, text })),
      ['id'],
    );
    const texts = new Map((await table.readRows()).map(({ id, text }) => [Number(id), text]));
    expect([texts.size, table.statistics().rows]).toEqual([60_002, 60_002]);
    for (const [id, text] of merged) expect(texts.get(id)).toBe(text);
  });
});

describe('a file of the local disk that is no longer needed', () => {
  const path = tableFolder();

  it('is moved into a local lake, not copied', async () => {
    await writeFile(path('made'), 'content');
    const { ino } = await stat(path('made'));
    expect(await localLake(path('lake')).putFile(path('made'), 'a/b', { consume: true })).toBe(7);
    expect((await stat(path('lake/a/b'))).ino).toBe(ino);
    await expect(stat(path('made'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is never moved over one that must stay', async () => {
    await writeFile(path('made'), 'content');
    const lake = localLake(path('lake'));
    await lake.write('a', Buffer.from('old'));
    const put = lake.putFile(path('made'), 'a', { consume: true, overwrite: false });
    await expect(put).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
    expect((await lake.read('a'))?.toString()).toBe('old');
  });
});

/** Adds a file as some writers make them: all rows in one row group. */
async function addForeignFile(folder: string, rows: number): Promise<void> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const file = join(folder, 'foreign.parquet');
  await connection.run(
    `COPY (SELECT id, repeat(md5(id::VARCHAR), 4) AS text FROM range(${rows}) t(id)) TO '${file}' ` +
      '(FORMAT parquet, COMPRESSION uncompressed, ROW_GROUP_SIZE 122880)',
  );
  connection.closeSync();
  const { size } = await stat(file);
  expect(size).toBeGreaterThan(4 * 1024 * 1024);
  const add = { path: 'foreign.parquet', partitionValues: {}, size, modificationTime: 0, dataChange: true };
  await putCommit({ lake: localLake(folder), path: '' }, 1, printCommit([{ add }]));
}
