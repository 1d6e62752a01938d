import { describe, expect, it } from 'vitest';
import { field, struct } from '../../../src/sinks/delta/schema.ts';
import { parseStats } from '../../../src/sinks/delta/stats.ts';
import { loadSnapshot } from '../../../src/sinks/delta/load-snapshot.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { localLake } from '../../../src/sinks/lake/local.ts';
import { tableFolder } from './table-folder.ts';

const schema = struct(field('id', 'long'), field('part', 'string'), field('x', 'integer'), field('y', 'integer'));

describe('optimize', () => {
  const path = tableFolder();

  const filled = async (engine: Record<string, never> | false, files = 6): Promise<DeltaTable> => {
    const table = await DeltaTable.createOrOpen(path('t'), { schema, partitionBy: ['part'] }, { engine });
    for (let i = 0; i < files; i++) {
      await table.append(['a b', null].map((part, p) => ({ id: i * 10 + p, part, x: i, y: -i })));
    }
    return table;
  };
  const ids = async (table: DeltaTable): Promise<string[]> =>
    (await table.readRows()).map((row) => JSON.stringify(row)).sort();

  it.each([{}, false] as const)('puts the small files of each partition together (engine %o)', async (engine) => {
    const table = await filled(engine);
    const before = await ids(table);
    const result = await table.optimize();
    expect(result).toEqual({ version: 8, filesAdded: 2, filesRemoved: 12 });
    expect(table.fileCount).toBe(2);
    expect(await ids(table)).toEqual(before);
    // There is nothing more to do.
    expect(await table.optimize()).toEqual({ version: 8, filesAdded: 0, filesRemoved: 0 });
    const again = await DeltaTable.open(path('t'));
    expect(await ids(again)).toEqual(before);
    expect(await again.readRows({ version: 6 })).toHaveLength(12);
  });

  it('in tiers, passes over a file that is much larger than the others, and takes one that is much smaller', async () => {
    const table = await DeltaTable.createOrOpen(path('t'), { schema });
    const rows = (count: number, from: number): Record<string, unknown>[] =>
      Array.from({ length: count }, (_, i) => ({ id: from + i, part: `${Math.sin(from + i)}`, x: i, y: i }));
    await table.append(rows(40_000, 0));
    await table.append(rows(1, 100_000));
    for (let i = 0; i < 5; i++) await table.append(rows(500, 200_000 + i * 500));
    const result = await table.optimize({ tiered: true, minFiles: 5 });
    expect([result.filesRemoved, result.filesAdded, table.fileCount]).toEqual([6, 1, 2]);
    expect(table.statistics().rows).toBe(42_501);
  });

  it('in tiers, leaves larger files alone until there are some of their size', async () => {
    const table = await DeltaTable.createOrOpen(path('t'), { schema });
    const rows = (count: number, from: number): Record<string, unknown>[] =>
      Array.from({ length: count }, (_, i) => ({ id: from + i, part: `${Math.sin(from + i)}`, x: i, y: i }));
    const append = (files: number, count: number): Promise<unknown> =>
      Array.from({ length: files }).reduce<Promise<unknown>>(
        (before, _, i) => before.then(() => table.append(rows(count, i * count))),
        Promise.resolve(),
      );
    await append(2, 20_000);
    await append(5, 500);
    expect(await table.optimize({ tiered: true, minFiles: 5 })).toMatchObject({ filesRemoved: 5, filesAdded: 1 });
    await append(3, 20_000);
    // What is smaller, and has no others of its size, goes along.
    expect(await table.optimize({ tiered: true, minFiles: 5 })).toMatchObject({ filesRemoved: 6, filesAdded: 1 });
    expect(table.statistics().rows).toBe(5 * 20_000 + 5 * 500);
  });

  it('gives way to a merge that rewrites its files, and lets appends pass', async () => {
    const table = await filled({});
    const other = await DeltaTable.open(path('t'));
    const [result] = await Promise.all([
      table.optimize(),
      table.append([{ id: 1000, part: 'a b' }]),
      other.merge([{ id: 0, x: 77 }], ['id']),
      table.merge([{ id: 10, x: 78 }], ['id']),
    ]);
    await table.refresh();
    expect(result.filesRemoved).toBeGreaterThan(0);
    const rows = await table.readRows();
    expect(rows.map(({ id }) => id).sort((a, b) => Number(a) - Number(b))).toEqual([
      0, 1, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51, 1000,
    ]);
    expect(
      rows
        .filter(({ id }) => id === 0 || id === 10)
        .map(({ x }) => String(x))
        .sort(),
    ).toEqual(['77', '78']);
  });

  it('sorts by Z-order, so that files hold narrow ranges of all columns', async () => {
    const flat = struct(field('x', 'integer'), field('y', 'integer'), field('pad', 'string'));
    const table = await DeltaTable.createOrOpen(path('z'), { schema: flat });
    const rows = Array.from({ length: 4096 }, (_, i) => ({ x: i % 64, y: ((i * 37) % 4096) >> 6, pad: `pad${i}` }));
    for (let at = 0; at < rows.length; at += 1024) await table.append(rows.slice(at, at + 1024));
    const sum = (all: readonly { x?: unknown }[]): number => all.reduce((total, { x }) => total + Number(x), 0);
    const before = sum(await table.readRows());
    await table.optimize({ zOrderBy: ['x', 'y'], targetBytes: 3_000 });
    expect(sum(await table.readRows())).toBe(before);
    const { snapshot } = (await loadSnapshot({ lake: localLake(path('z')), path: '' })) ?? expect.fail('no table');
    const areas = Array.from(snapshot.files.values(), ({ stats, dataChange }) => {
      expect(dataChange).toBe(false);
      const { minValues: min, maxValues: max } = parseStats(stats) ?? {};
      return (Number(max?.['x']) - Number(min?.['x']) + 1) * (Number(max?.['y']) - Number(min?.['y']) + 1);
    });
    expect(areas.length).toBeGreaterThanOrEqual(4);
    expect(areas.reduce((sum, area) => sum + area, 0) / areas.length).toBeLessThan(64 * 32);
  });

  it('says which package is missing where Z-order cannot do without it', async () => {
    const table = await filled(false);
    await expect(table.optimize({ zOrderBy: ['x'] })).rejects.toMatchObject({ code: 'MISSING_PACKAGE' });
    const engine = await DeltaTable.open(path('t'));
    await expect(engine.optimize({ zOrderBy: ['part'] })).rejects.toMatchObject({ code: 'TABLE_INVALID' });
  });
});
