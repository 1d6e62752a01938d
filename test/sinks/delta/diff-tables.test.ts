import { mkdir, readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { diffTables } from '../../../src/sinks/delta/diff-tables.ts';
import { array, type DeltaSchema, field, map, struct } from '../../../src/sinks/delta/schema.ts';
import type { Row } from '../../../src/sinks/delta/row.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { tableFolder } from './table-folder.ts';

const schema = struct(
  field('id', 'long'),
  field('part', 'string'),
  field('n', 'double'),
  field('price', 'decimal(9,2)'),
);

describe('the difference of two tables', () => {
  const path = tableFolder();
  const write = async (name: string, rows: readonly Row[], shape: DeltaSchema = schema, by: string[] = []) => {
    const table = await DeltaTable.createOrOpen(path(name), { schema: shape, partitionBy: by });
    await table.append(rows);
    return table;
  };
  const diff = (keys: readonly string[] = ['id']) => diffTables({ path: path('a') }, { path: path('b') }, { keys });
  const rows = (count: number): Row[] =>
    Array.from({ length: count }, (_, id) => ({ id, part: id % 3 ? `p${id % 3}` : null, n: id / 7, price: '1.5' }));

  it('is none when the rows are the same, whatever files and partitions they are in', async () => {
    await write('a', rows(500));
    const b = await write('b', rows(250), schema, ['part']);
    await b.append(rows(500).slice(250).reverse());
    await b.merge([{ id: 3, n: 3 / 7 }], ['id']);
    expect(await diff()).toEqual({
      same: true,
      a: { version: 1, rows: 500 },
      b: { version: 3, rows: 500 },
      columnsOnlyInA: [],
      columnsOnlyInB: [],
      equal: 500,
      different: 0,
      onlyInA: 0,
      onlyInB: 0,
      samples: { different: [], onlyInA: [], onlyInB: [] },
    });
    expect((await diff([])).same).toBe(true);
  });

  it('counts and names what is different, missing and new', async () => {
    await write('a', rows(20));
    const changed = rows(21).map((row) => (row['id'] === 7 ? { ...row, n: -0.5 } : row));
    await write(
      'b',
      changed.filter(({ id }) => id !== 4 && id !== 5),
    );
    const found = await diff();
    expect(found).toMatchObject({ same: false, equal: 17, different: 1, onlyInA: 2, onlyInB: 1 });
    expect([found.samples.different, found.samples.onlyInA.sort(), found.samples.onlyInB]).toEqual([
      ['7'],
      ['4', '5'],
      ['20'],
    ]);
    // Without keys a changed row is one that went and one that came.
    expect(await diff([])).toMatchObject({ equal: 17, different: 0, onlyInA: 3, onlyInB: 2 });
  });

  it('leaves out the columns that it is told to, also those that only one table has', async () => {
    await write('a', rows(20));
    const changed = rows(20).map((row) => ({ ...row, n: row['id'] === 7 ? -0.5 : (row['n'] ?? null), at: 'now' }));
    await write('b', changed, struct(...schema.fields, field('at', 'string')));
    const ignoring = (...ignore: string[]) =>
      diffTables({ path: path('a') }, { path: path('b') }, { keys: ['id'], ignore });
    expect(await ignoring('at')).toMatchObject({ same: false, different: 1, columnsOnlyInB: [] });
    expect(await ignoring('at', 'n')).toMatchObject({ same: true, equal: 20, columnsOnlyInB: [] });
    await expect(ignoring('when')).rejects.toThrow('when is a column of neither table');
    await expect(ignoring('id')).rejects.toThrow('id is no column of both tables');
  });

  it('counts rows that are there more often', async () => {
    const row = { id: 1, part: 'x', n: 1, price: '1' };
    await write('a', [row, row, { ...row, id: null }]);
    await write('b', [row, row, row, { ...row, id: null }]);
    expect(await diff()).toMatchObject({ same: false, equal: 3, different: 0, onlyInA: 0, onlyInB: 1 });
  });

  it('sees columns that only one has, and compares the others', async () => {
    await write('a', rows(5));
    const wider = struct(...schema.fields, field('new', 'string'));
    await write('b', rows(5), wider);
    expect(await diff()).toMatchObject({ same: false, columnsOnlyInB: ['new'], columnsOnlyInA: [], equal: 5 });
  });

  it('compares values, not types: widths, struct members that are null, the order of maps', async () => {
    const value = { s: { x: 1 }, m: { k: 1, l: 2 }, l: [1, null], at: '2026-01-01T00:00:00Z', b: new Uint8Array([1]) };
    const narrow = struct(
      field('id', 'integer'),
      field('s', struct(field('x', 'integer'))),
      field('m', map('string', 'integer')),
      field('l', array('integer')),
      field('at', 'timestamp'),
      field('b', 'binary'),
    );
    const wide = struct(
      field('s', struct(field('y', 'string'), field('x', 'long'))),
      field('m', map('string', 'long')),
      field('l', array('long')),
      field('at', 'timestamp'),
      field('b', 'binary'),
      field('id', 'long'),
    );
    await write('a', [{ id: 1, ...value }], narrow);
    await write('b', [{ id: 1, ...value, m: { l: 2, k: 1 } }], wide);
    expect(await diff()).toMatchObject({ same: true, equal: 1 });
  });

  it('compares two versions of one table, and leaves nothing on the disk', async () => {
    const table = await write('a', rows(10));
    await table.merge([{ id: 1, n: 99 }], ['id']);
    await mkdir(path('temp'));
    const side = { path: path('a') };
    const found = await diffTables({ ...side, version: 1 }, side, { keys: ['id'], tempFolder: path('temp') });
    expect(found).toMatchObject({ same: false, different: 1, equal: 9, samples: { different: ['1'] } });
    expect(await readdir(path('temp'))).toEqual([]);
  });

  it('refuses a key that is no column, and a folder that is no table', async () => {
    await write('a', rows(1));
    await write('b', rows(1));
    await expect(diff(['nothing'])).rejects.toMatchObject({ code: 'TABLE_INVALID' });
    const missing = diffTables({ path: path('a') }, { path: path('c') });
    await expect(missing).rejects.toMatchObject({ code: 'TABLE_INVALID' });
  });
});
