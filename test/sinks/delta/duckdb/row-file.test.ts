import { describe, expect, it } from 'vitest';
import { Engine } from '../../../../src/sinks/delta/duckdb/engine.ts';
import { RowFile } from '../../../../src/sinks/delta/duckdb/row-file.ts';
import { array, type DeltaType, field, map, struct } from '../../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../../src/sinks/delta/table.ts';
import { LARGE_ROWS } from '../../../../src/sinks/delta/duckdb/large-file.ts';
import { randomOf } from '../random-rows.ts';
import { tableFolder } from '../table-folder.ts';

const LONG = 2n ** 63n - 1n;

/** Values that JSON has no way of writing, or that readers of JSON like to change. */
const ODD: readonly (readonly [DeltaType, readonly unknown[]])[] = [
  ['string', ['', 'null', '"\\\n\u0000\u001f', '\ufffe\uffff', '😀', ' 12 ', '{"a":1}', '2020-01-01', 'lone \ud800']],
  ['long', [LONG, -LONG - 1n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 0, -0, 2 ** 53 - 1]],
  ['integer', [2 ** 31 - 1, -(2 ** 31), -0]],
  ['short', [32_767, -32_768]],
  ['byte', [127, -128]],
  ['double', [NaN, Infinity, -Infinity, -0, 5e-324, Number.MAX_VALUE, 0.1, 12_345_678_901_234_567_000, 1e21, 1e-7]],
  ['float', [NaN, Infinity, -Infinity, -0, 1e-45, 3.4028234663852886e38, 0.1, 1e300]],
  ['boolean', [true, false]],
  ['binary', [Buffer.from([0, 255, 92, 120, 10]), new Uint8Array(0), new Uint8Array([1, 2, 3, 4]).subarray(1, 3)]],
  ['date', ['0001-01-01', '9999-12-31', '1969-12-31', 0]],
  ['timestamp', ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', -1n, new Date(5), 1.7e12 + 0.001]],
  ['timestamp_ntz', ['0001-01-01T00:00:00', '9999-12-31T23:59:59.999999', -1n]],
  ['decimal(9,2)', ['-0.01', '9999999.99', 12n]],
  ['decimal(38,10)', ['1234567890123456789012345678.0123456789', '-0.0000000001']],
];

const nested = (type: DeltaType): DeltaType =>
  struct(
    field('own"\'name', type),
    field('list', array(array(type))),
    field('by_text', map('string', type)),
    field('structs', array(struct(field('key', type), field('__proto__', 'long')))),
  );

describe('rows that go into DuckDB as JSON', () => {
  const path = tableFolder();

  it.each(ODD)('are what they were: %s, alone and nested', { timeout: 60_000 }, async (type, values) => {
    const schema = struct(field('id', 'long'), field('plain', type), field('deep', nested(type)));
    const rows = [...values, null].map((value, id) => ({
      id,
      plain: value,
      deep: {
        'own"\'name': value,
        list: [[value, null], [], null],
        by_text: new Map([
          ['k "', value],
          ['', null],
        ]),
        structs: [
          Object.fromEntries([
            ['key', value],
            ['__proto__', 7],
          ]),
          null,
        ],
      },
    }));
    rows.push({ id: rows.length, plain: null, deep: null } as never);
    const read = async (name: string, large: boolean): Promise<unknown[]> => {
      const table = await DeltaTable.createOrOpen(path(name), { schema });
      const rest = Array.from({ length: large ? LARGE_ROWS : 0 }, () => ({ id: -1 }));
      await table.append([...rows, ...rest]);
      const found = (await table.readRows()).filter(({ id }) => Number(id) >= 0);
      return found.toSorted((a, b) => Number(a['id']) - Number(b['id']));
    };
    // Below the limit the other writer writes them.
    expect(await read('large', true)).toEqual(await read('small', false));
  });

  it('keep every double and every whole number', { timeout: 60_000 }, async () => {
    const random = randomOf(7);
    const bits = new DataView(new ArrayBuffer(8));
    const made = Array.from({ length: 20_000 }, () => {
      bits.setUint32(0, random() * 2 ** 32);
      bits.setUint32(4, random() * 2 ** 32);
      return { double: bits.getFloat64(0), long: bits.getBigInt64(0) };
    });
    const schema = struct(field('double', 'double'), field('text', 'string'), field('long', 'long'));
    const engine = await Engine.open({});
    if (!engine) throw new Error('needs DuckDB');
    try {
      const values = new Map<string, readonly (number | bigint | string)[]>([
        ['double', made.map(({ double }) => double)],
        ['text', made.map(({ long }) => String(long))],
        ['long', made.map(({ long }) => long)],
      ]);
      const file = new RowFile(engine.folder, schema);
      await file.add({ length: made.length, values });
      const found = await engine.rows(
        `SELECT count(*)::VARCHAR AS n, count(*) FILTER (text = long::VARCHAR)::VARCHAR AS longs, ` +
          `count(*) FILTER (NOT isnan(double))::VARCHAR AS doubles FROM (${await file.query()})`,
      );
      const doubles = made.filter(({ double }) => !Number.isNaN(double)).length;
      expect(found).toEqual([{ n: '20000', longs: '20000', doubles: String(doubles) }]);
      const read = await engine.rows(`SELECT long::VARCHAR AS long, double FROM (${await file.query()})`);
      const byLong = new Map(read.map(({ long, double }) => [JSON.stringify(long), double]));
      for (const { long, double } of made) {
        if (Number.isFinite(double)) expect(byLong.get(`"${long}"`)).toBe(double);
      }
    } finally {
      await engine.close();
    }
  });

  it('may have lines that are longer than what DuckDB reads at a time', { timeout: 60_000 }, async () => {
    const schema = struct(field('id', 'long'), field('text', 'string'));
    const table = await DeltaTable.createOrOpen(path('t'), { schema });
    const long = 'ü'.repeat(3_000_000);
    const rows = Array.from({ length: LARGE_ROWS + 1 }, (_, id) => ({ id, text: id % 20_000 === 0 ? long : 'short' }));
    await table.append(rows);
    const texts = (await table.readRows()).filter(({ text }) => text === long);
    expect([texts.length, table.statistics().rows]).toEqual([3, LARGE_ROWS + 1]);
  });

  it('are refused where DuckDB has no such time', async () => {
    const engine = await Engine.open({});
    if (!engine) throw new Error('needs DuckDB');
    try {
      const file = new RowFile(engine.folder, struct(field('at', 'timestamp')));
      const rows = { length: 1, values: new Map([['at', [LONG]]]) };
      await expect(file.add(rows)).rejects.toMatchObject({ code: 'SERIALIZATION' });
      await file.close();
    } finally {
      await engine.close();
    }
  });
});
