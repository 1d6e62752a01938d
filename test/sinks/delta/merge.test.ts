import { describe, expect, it } from 'vitest';
import type { DeltaTable as Table } from '../../../src/sinks/delta/table.ts';
import { field, struct } from '../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { localLake } from '../../../src/sinks/lake/local.ts';
import { faultyLake } from './faulty-lake.ts';
import { tableFolder } from './table-folder.ts';

const folder = tableFolder();
const schema = struct(field('id', 'string'), field('part', 'string'), field('n', 'long'), field('at', 'timestamp'));
const create = (partitionBy: string[] = []): Promise<Table> =>
  DeltaTable.createOrOpen(folder('t'), { schema, partitionBy });
const contents = async (table: Table): Promise<unknown[][]> =>
  (await table.readRows()).map(({ id, part, n }) => [id, part, n]).sort((a, b) => (String(a) < String(b) ? -1 : 1));

describe('a merge', () => {
  it('updates the rows that are there and inserts the others', async () => {
    const table = await create();
    await table.append([
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
    ]);
    await table.merge(
      [
        { id: 'b', n: 20 },
        { id: 'c', n: 30 },
      ],
      ['id'],
    );
    expect(await contents(table)).toEqual([
      ['a', null, 1],
      ['b', null, 20],
      ['c', null, 30],
    ]);
    expect((await table.history({ limit: 1 }))[0]?.operationMetrics).toEqual({
      numTargetRowsInserted: 1,
      numTargetRowsUpdated: 1,
      numTargetRowsDeleted: 0,
      numTargetRowsCopied: 1,
    });
  });

  it('leaves the columns that a row does not have, and empties those that are null', async () => {
    const table = await create();
    await table.merge(
      [
        { id: 'a', part: 'p', n: 1 },
        { id: 'b', part: 'p', n: 2 },
      ],
      ['id'],
    );
    await table.merge([{ id: 'a', n: 10 }, { id: 'b', part: null }, { id: 'c' }], ['id']);
    expect(await contents(table)).toEqual([
      ['a', 'p', 10],
      ['b', null, 2],
      ['c', null, null],
    ]);
  });

  it('lets the last of several rows with one key win, over what earlier ones set', async () => {
    const table = await create();
    await table.append([{ id: 'a', part: 'old', n: 0 }]);
    await table.merge(
      [
        { id: 'a', n: 1 },
        { id: 'x', part: 'p' },
        { id: 'a', part: 'new' },
        { id: 'x', n: 5 },
      ],
      ['id'],
    );
    expect(await contents(table)).toEqual([
      ['a', 'new', 1],
      ['x', 'p', 5],
    ]);
  });

  it('inserts rows with a null in their key each time', async () => {
    const table = await create();
    for (let i = 0; i < 2; i++) await table.merge([{ id: null, n: i }], ['id']);
    expect(await contents(table)).toEqual([
      [null, null, 0],
      [null, null, 1],
    ]);
  });

  it('goes by all columns of the key', async () => {
    const table = await create();
    const keys = ['id', 'part'];
    await table.merge(
      [
        { id: 'a', part: 'bc', n: 1 },
        { id: 'ab', part: 'c', n: 2 },
      ],
      keys,
    );
    await table.merge(
      [
        { id: 'a', part: 'bc', n: 10 },
        { id: 'a', part: 'c', n: 3 },
      ],
      keys,
    );
    expect(await contents(table)).toEqual([
      ['a', 'bc', 10],
      ['a', 'c', 3],
      ['ab', 'c', 2],
    ]);
  });

  it('deletes, and a row that is written again afterwards has nothing of the old one', async () => {
    const table = await create();
    await table.merge(
      ['a', 'b', 'c'].map((id) => ({ id, part: 'p', n: 1 })),
      ['id'],
    );
    const rows = table.newBuffer('merge');
    rows.add(rows.encodeDeletion({ id: 'a' }, ['id']));
    rows.add(rows.encodeDeletion({ id: 'b' }, ['id']));
    rows.add(rows.encode({ id: 'b', n: 2 }));
    rows.add(rows.encodeDeletion({ id: 'never' }, ['id']));
    await table.mergeBuffer(rows, ['id'], { marks: [] });
    expect(await contents(table)).toEqual([
      ['b', null, 2],
      ['c', 'p', 1],
    ]);
    expect(table.fileCount).toBe(1);
  });

  it('removes a file that is empty then', async () => {
    const table = await create();
    await table.append([{ id: 'a' }]);
    const rows = table.newBuffer('merge');
    rows.add(rows.encodeDeletion({ id: 'a' }, ['id']));
    await table.mergeBuffer(rows, ['id'], { marks: [] });
    expect([table.fileCount, await table.readRows()]).toEqual([0, []]);
  });

  it('rewrites only the files that hold a key', async () => {
    const { lake, faults } = faultyLake(localLake(folder()));
    const table = await DeltaTable.createOrOpen('t', { schema }, { lake, checkpointInterval: 0 });
    for (const [from, id] of [
      [0, 'a'],
      [100, 'b'],
      [200, 'c'],
    ] as const) {
      await table.append(Array.from({ length: 100 }, (_, i) => ({ id: `${id}${i}`, n: from + i })));
    }
    faults.calls['read'] = 0;
    await table.merge([{ id: 'b7', n: -1 }], ['id']);
    // By their statistics only one file may hold the key: read for its keys, then to be rewritten.
    expect(faults.calls['read']).toBe(2);
    faults.calls['read'] = 0;
    await table.merge(
      [
        { id: 'b7', n: -2 },
        { id: 'b9999', n: 0 },
      ],
      ['id'],
    );
    // The keys of what a merge wrote are known.
    expect(faults.calls['read']).toBe(1);
    faults.calls['read'] = 0;
    await table.merge([{ id: 'b70x', n: 0 }], ['id']);
    expect(faults.calls['read']).toBe(0);
    expect(await table.readRows()).toHaveLength(302);
  });

  it('moves a row whose partition changes', async () => {
    const table = await create(['part']);
    await table.append([
      { id: 'a', part: 'x', n: 1 },
      { id: 'b', part: 'x', n: 2 },
      { id: 'c', part: null, n: 3 },
    ]);
    await table.merge(
      [
        { id: 'a', part: 'y' },
        { id: 'c', part: 'x' },
      ],
      ['id'],
    );
    expect(await contents(table)).toEqual([
      ['a', 'y', 1],
      ['b', 'x', 2],
      ['c', 'x', 3],
    ]);
  });

  it('looks only into the partitions that its keys name', async () => {
    const table = await create(['part']);
    await table.append(['x', 'y', 'z'].map((part) => ({ id: 'a', part, n: 0 })));
    await table.merge([{ id: 'a', part: 'y', n: 1 }], ['id', 'part']);
    expect(await contents(table)).toEqual([
      ['a', 'x', 0],
      ['a', 'y', 1],
      ['a', 'z', 0],
    ]);
    expect((await table.history({ limit: 1 }))[0]?.operationMetrics).toMatchObject({ numTargetRowsCopied: 0 });
  });

  it('finds timestamps of any µs by statistics that are cut to ms', async () => {
    const table = await create();
    await table.append([{ id: 'a', at: 1_000_999n, n: 1 }]);
    await table.merge([{ at: 1_000_999n, n: 2 }], ['at']);
    expect(await contents(table)).toEqual([['a', null, 2]]);
  });

  it('writes once under one mark', async () => {
    const table = await create();
    const txn = { appId: 'app', version: 3 };
    expect((await table.merge([{ id: 'a', n: 1 }], ['id'], { txn })).kind).toBe('written');
    expect((await table.merge([{ id: 'a', n: 2 }], ['id'], { txn })).kind).toBe('taken');
    expect(await contents(table)).toEqual([['a', null, 1]]);
  });

  it('is made anew when another writer inserted one of its keys in between', async () => {
    const { lake, faults } = faultyLake(localLake(folder()));
    const table = await DeltaTable.createOrOpen('t', { schema }, { lake });
    const other = await DeltaTable.open(folder('t'));
    faults.before.push(() => other.append([{ id: 'a', part: 'theirs', n: 1 }]));
    await table.merge([{ id: 'a', n: 2 }], ['id']);
    expect(await contents(table)).toEqual([['a', 'theirs', 2]]);
    expect((await lake.list('t')).filter(({ path }) => path.endsWith('.parquet'))).toHaveLength(2);
  });

  it('is not made anew for rows of others that cannot have its keys', async () => {
    const { lake, faults } = faultyLake(localLake(folder()));
    const table = await DeltaTable.createOrOpen('t', { schema }, { lake });
    const other = await DeltaTable.open(folder('t'));
    faults.calls['write'] = 0;
    faults.before.push(() => other.append([{ id: 'z', n: 1 }]));
    await table.merge([{ id: 'a', n: 2 }], ['id']);
    expect(faults.calls['write']).toBe(1);
    expect(await contents(table)).toEqual([
      ['a', null, 2],
      ['z', null, 1],
    ]);
  });

  it('keeps what it wrote when others were first with rows that might have been its keys, and are not', async () => {
    const { lake, faults } = faultyLake(localLake(folder()));
    const table = await DeltaTable.createOrOpen('t', { schema }, { lake });
    await table.append([{ id: 'm', n: 1 }]);
    const other = await DeltaTable.open(folder('t'));
    faults.calls['write'] = 0;
    // By its bounds, a to z, each of these files may hold m.
    const insert = (i: number) => () => other.append([{ id: `a${i}` }, { id: `z${i}` }]);
    faults.before.push(insert(1), insert(2), insert(3));
    await table.merge([{ id: 'm', n: 2 }], ['id']);
    expect(faults.calls['write']).toBe(1);
    expect((await contents(table)).find(([id]) => id === 'm')).toEqual(['m', null, 2]);
    expect(await table.readRows()).toHaveLength(7);
  });

  it('makes its files anew when another writer rewrote one of those that it rewrites', async () => {
    const { lake, faults } = faultyLake(localLake(folder()));
    const table = await DeltaTable.createOrOpen('t', { schema }, { lake });
    await table.append([
      { id: 'a', n: 1 },
      { id: 'b', n: 1 },
    ]);
    const other = await DeltaTable.open(folder('t'));
    faults.before.push(() => other.merge([{ id: 'b', n: 3 }], ['id']));
    await table.merge([{ id: 'a', n: 2 }], ['id']);
    expect(await contents(table)).toEqual([
      ['a', null, 2],
      ['b', null, 3],
    ]);
  });

  it('writes few rows, however large the table, when each row is changed once soon after it came', async () => {
    const table = await create();
    const text = 'x'.repeat(200);
    const rows = (batch: number) =>
      Array.from({ length: 200 }, (_, i) => ({
        id: `${Math.imul(batch * 200 + i, 2654435761)}`,
        part: `${text}${batch}-${i}`,
      }));
    const copied: number[] = [];
    for (let batch = 0; batch < 60; batch++) {
      await table.merge(rows(batch), ['id']);
      if (batch === 0) continue;
      await table.merge(
        rows(batch - 1).map(({ id }) => ({ id, n: 1 })),
        ['id'],
      );
      const [last] = await table.history({ limit: 1 });
      copied.push(Number(last?.operationMetrics?.['numTargetRowsCopied']));
    }
    const most = (some: readonly number[]): number => Math.max(...some);
    expect(await table.readRows()).toHaveLength(60 * 200);
    expect(most(copied.slice(-20))).toBeLessThanOrEqual(most(copied.slice(0, 20)) * 1.5 + 200);
  });

  it('of many writers at once has each key once', async () => {
    await create();
    const handles = await Promise.all(Array.from({ length: 4 }, () => DeltaTable.open(folder('t'))));
    await Promise.all(
      handles.map(async (table, w) => {
        for (let i = 0; i < 5; i++) await table.merge([{ id: `k${i}`, part: `w${w}` }, { id: `w${w}-${i}` }], ['id']);
        await table.settled();
      }),
    );
    const ids = (await (await DeltaTable.open(folder('t'))).readRows()).map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([25, 25]);
  });

  it('is refused by an append-only table, unless it only inserts', async () => {
    const configuration = { 'delta.appendOnly': 'true' };
    const table = await DeltaTable.createOrOpen(folder('t'), { schema, configuration });
    await table.merge([{ id: 'a', n: 1 }], ['id']);
    await expect(table.merge([{ id: 'a', n: 2 }], ['id'])).rejects.toThrow('append-only');
    expect(await contents(table)).toEqual([['a', null, 1]]);
  });

  it('is refused without keys, or by a column that is none', async () => {
    const table = await create();
    await expect(table.merge([{ id: 'a' }], [])).rejects.toThrow('needs keys');
    await expect(table.merge([{ id: 'a' }], ['nothing'])).rejects.toThrow('cannot merge by nothing');
  });
});
