import { describe, expect, it } from 'vitest';
import { deleted } from '../../../../src/sinks/delta/options.ts';
import { DeltaTable } from '../../../../src/sinks/delta/table.ts';
import { array, field, map, struct } from '../../../../src/sinks/delta/schema.ts';
import type { Row } from '../../../../src/sinks/delta/row.ts';
import { oneOf, type Random, randomOf, randomRow, randomType, upTo } from '../random-rows.ts';
import { tableFolder } from '../table-folder.ts';

const ALWAYS = { minBytes: 0 };

function printed(rows: readonly Row[]): string[] {
  return rows
    .map((row) =>
      JSON.stringify(row, (_, value: unknown) => {
        if (value instanceof Map)
          return {
            map: Array.from(value as Map<unknown, unknown>)
              .map((entry) => JSON.stringify(entry, big))
              .sort(),
          };
        return big('', value);
      }),
    )
    .sort();
}

function big(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value instanceof Map ? Array.from(value as Map<unknown, unknown>) : value;
}

async function mergeAll(
  table: DeltaTable,
  batch: readonly { row: Row; deletes: boolean }[],
  keys: readonly string[],
): Promise<void> {
  const buffer = table.newBuffer('merge');
  for (const { row, deletes } of batch) {
    buffer.add(deletes ? buffer.encodeDeletion(deleted(row).keys, keys) : buffer.encode(row));
  }
  await table.mergeBuffer(buffer, keys, { marks: [] });
}

describe('a merge by DuckDB', () => {
  const path = tableFolder();

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('gives the rows that the merge without it gives (seed %i)', async (seed) => {
    const random: Random = randomOf(seed);
    const extra = Array.from({ length: 5 }, (_, i) => field(`c${i}`, randomType(random)));
    const partition = oneOf(random, [
      'string',
      'date',
      'timestamp',
      'boolean',
      'long',
      'decimal(9,2)',
      'double',
    ] as const);
    const schema = struct(field('id', 'long'), field('part', partition), ...extra);
    const partitionBy = seed % 2 === 0 ? ['part'] : [];
    const definition = { schema, partitionBy };
    const engine = await DeltaTable.createOrOpen(path('engine'), definition, { engine: ALWAYS });
    const plain = await DeltaTable.createOrOpen(path('plain'), definition, { engine: false });
    for (let step = 0; step < 6; step++) {
      const rows = Array.from({ length: 30 }, () => ({ ...randomRow(random, schema.fields), id: upTo(random, 60) }));
      const batch = rows.map((row) => {
        if (random() < 0.15) return { row: { id: row.id }, deletes: true };
        // A column that is left out keeps what is there; a batch without such rows takes another way.
        const kept =
          step % 2 === 0 && random() < 0.3
            ? Object.fromEntries(Object.entries(row).filter(([name]) => name === 'id' || random() < 0.5))
            : row;
        return { row: random() < 0.05 ? { ...kept, id: null } : kept, deletes: false };
      });
      // Keys that the table has more than once.
      const again = Array.from({ length: 3 }, () => ({ ...randomRow(random, schema.fields), id: upTo(random, 60) }));
      for (const table of [engine, plain]) {
        await table.append(again);
        await mergeAll(table, batch, ['id']);
      }
      expect(printed(await engine.readRows())).toEqual(printed(await plain.readRows()));
    }
    const metrics = async (table: DeltaTable): Promise<unknown[]> =>
      (await table.history()).map((entry) => entry.operationMetrics);
    expect(await metrics(engine)).toEqual(await metrics(plain));
  });

  it.each([true, false])(
    'of a large file keeps what stays in parts, made side by side, and puts the rest in a file of its own (whole rows: %o)',
    async (whole) => {
      const schema = struct(field('id', 'long'), field('text', 'string'), field('n', 'long'));
      const table = await DeltaTable.createOrOpen(path('t'), { schema });
      const count = 60_000;
      const random = randomOf(1);
      const row = (id: number): Row => ({ id, text: `${random()}${random()}${random()}${random()}${random()}`, n: 0 });
      await table.append(Array.from({ length: count }, (_, id) => row(id)));
      expect(table.statistics()).toMatchObject({ files: 1, rows: count });
      expect(table.statistics().bytes).toBeGreaterThan(4 << 20);
      const batch = Array.from({ length: 700 }, (_, i) => (whole ? { ...row(i * 100), n: 1 } : { id: i * 100, n: 1 }));
      await table.merge(batch, ['id']);
      expect(table.statistics()).toMatchObject({ files: 3, rows: count + 100 });
      const ids = new Set<unknown>();
      for (const { id, n, text } of await table.readRows()) {
        ids.add(id);
        if (n !== (Number(id) % 100 === 0 ? 1 : 0) || (text === null) !== (!whole && Number(id) >= count)) {
          expect.fail(`row ${String(id)}: ${String(n)}, ${String(text)}`);
        }
      }
      expect(ids.size).toBe(count + 100);
      const [last] = await table.history({ limit: 1 });
      expect(last?.operationMetrics).toMatchObject({ numTargetRowsUpdated: 600, numTargetRowsInserted: 100 });
    },
  );

  it('fills columns and struct members that old files lack', async () => {
    const before = struct(
      field('id', 'string'),
      field('s', struct(field('a', 'long'))),
      field('l', array(struct(field('a', 'long')))),
    );
    const table = await DeltaTable.createOrOpen(path('t'), { schema: before });
    await table.append([{ id: 'a', s: { a: 1 }, l: [{ a: 1 }] }, { id: 'b' }]);
    const after = struct(
      field('id', 'string'),
      field('s', struct(field('a', 'long'), field('b', 'date'))),
      field('l', array(struct(field('a', 'long'), field('b', 'decimal(9,2)')))),
      field('m', map('string', 'timestamp')),
    );
    const evolved = await DeltaTable.createOrOpen(path('t'), { schema: after }, { engine: ALWAYS });
    await evolved.merge([{ id: 'b', m: { x: 0 } }], ['id']);
    expect(printed(await evolved.readRows())).toEqual(
      printed([
        { id: 'a', s: { a: 1, b: null }, l: [{ a: 1, b: null }], m: null },
        { id: 'b', s: null, l: null, m: new Map([['x', '1970-01-01T00:00:00.000000Z']]) },
      ]),
    );
  });
});
