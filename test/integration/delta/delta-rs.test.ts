import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { array, field, map, struct } from '../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';

const python = process.env['PYTHON'] ?? 'python3';
const script = join(import.meta.dirname, 'read_with_delta_rs.py');

/** Tables that this library writes, read and changed by delta-rs, and the other way round. */
const available = ((): boolean => {
  try {
    execFileSync(python, ['-c', 'import deltalake, pyarrow'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log(
      `skipped: tables are not checked with delta-rs, since ${python} has no deltalake and pyarrow (set PYTHON)`,
    );
    return false;
  }
})();

interface Seen {
  readonly version: number;
  readonly types: Readonly<Record<string, string>>;
  readonly rows: Readonly<Record<string, unknown>>[];
  readonly txns: Readonly<Record<string, number | null>>;
  readonly stats: Readonly<Record<string, unknown>>[];
  readonly protocol: readonly number[];
}

function deltaRs(command: 'read' | 'make' | 'upsert', ...args: readonly string[]): Seen {
  return JSON.parse(execFileSync(python, [script, command, ...args], { encoding: 'utf8' })) as Seen;
}

describe.skipIf(!available)('delta-rs', () => {
  let root = '';
  const path = (...names: string[]): string => join(root, ...names);
  const byId = (rows: readonly Readonly<Record<string, unknown>>[]): Readonly<Record<string, unknown>>[] =>
    rows.toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'delta-rs-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('reads every type that we write, as it was', async () => {
    const schema = struct(
      field('id', 'string', { nullable: false }),
      field('l', 'long'),
      field('i', 'integer'),
      field('h', 'short'),
      field('b', 'byte'),
      field('f', 'float'),
      field('d', 'double'),
      field('t', 'boolean'),
      field('x', 'binary'),
      field('day', 'date'),
      field('ts', 'timestamp'),
      field('nz', 'timestamp_ntz'),
      field('d9', 'decimal(9,2)'),
      field('d18', 'decimal(18,4)'),
      field('d38', 'decimal(38,10)'),
      field('st', struct(field('a', 'string'), field('in', struct(field('l', array('string')))))),
      field('ar', array('long')),
      field('arst', array(struct(field('q', 'string')))),
      field('m', map('string', 'long')),
    );
    const table = await DeltaTable.createOrOpen(path('t'), { schema });
    await table.append([
      {
        id: 'é😀',
        l: -(2n ** 63n),
        i: -5,
        h: 3,
        b: -128,
        f: 0.5,
        d: Number.NaN,
        t: true,
        x: new Uint8Array([0, 255]),
        day: '1969-12-31',
        ts: -1n,
        nz: '1970-01-01T00:00:01.000001',
        d9: '-12.34',
        d18: '12345678901234.5678',
        d38: '1234567890123456789012345678.0123456789',
        st: { a: 'x', in: { l: ['p', null] } },
        ar: [1, null],
        arst: [{ q: 'a' }, null, { q: null }],
        m: { a: 1, b: null },
      },
      { id: 'nulls' },
      { id: 'some', st: { a: null, in: null }, ar: [], arst: [], m: {} },
    ]);
    const seen = deltaRs('read', path('t'));
    const none = Object.fromEntries(schema.fields.map(({ name }) => [name, null]));
    expect(byId(seen.rows)).toEqual([
      { ...none, id: 'nulls' },
      { ...none, id: 'some', st: { a: null, in: null }, ar: [], arst: [], m: [] },
      {
        id: 'é😀',
        l: Number(-(2n ** 63n)),
        i: -5,
        h: 3,
        b: -128,
        f: 0.5,
        d: 'NaN',
        t: true,
        x: '00ff',
        day: '1969-12-31',
        ts: '-1',
        nz: '1000001',
        d9: '-12.34',
        d18: '12345678901234.5678',
        d38: '1234567890123456789012345678.0123456789',
        st: { a: 'x', in: { l: ['p', null] } },
        ar: [1, null],
        arst: [{ q: 'a' }, null, { q: null }],
        m: [
          ['a', 1],
          ['b', null],
        ],
      },
    ]);
    expect(seen.types).toMatchObject({ h: 'int16', b: 'int8', ts: 'timestamp[us, tz=UTC]', nz: 'timestamp[us]' });
    expect(seen.protocol).toEqual([3, 7]);
    expect(seen.stats[0]).toMatchObject({
      num_records: 3,
      'null_count.l': 2,
      'min.id': 'nulls',
      'max.id': 'é😀',
      'min.d9': '-12.34',
    });
  });

  it('reads our partitions, merges, marks, and a checkpoint whose older log is gone', async () => {
    const schema = struct(field('id', 'string'), field('part', 'string'), field('n', 'long'));
    const table = await DeltaTable.createOrOpen(path('t'), { schema, partitionBy: ['part'] });
    const parts = ['a b/c%', 'é=#?&', '..', 'x:y\\z', "it's", null];
    for (let i = 0; i < 30; i++) {
      const rows = parts.map((part, p) => ({ id: `${i}-${p}`, part, n: i }));
      await table.append(rows, { txn: { appId: 'app', version: i } });
    }
    await table.merge(
      [
        { id: '3-1', n: -1 },
        { id: '4-0', part: 'moved' },
        { id: 'new', part: null, n: 7 },
      ],
      ['id'],
      { txn: { appId: 'app', version: 99 } },
    );
    await table.settled();
    await table.checkpoint();
    const log = path('t', '_delta_log');
    for (const name of await readdir(log))
      if (/^0.*\.json$/.test(name) && !name.includes('31')) await rm(join(log, name));
    const seen = deltaRs('read', path('t'), 'app', 'other');
    expect([seen.version, seen.txns, seen.protocol]).toEqual([31, { app: 99, other: null }, [1, 2]]);
    expect(byId(seen.rows)).toEqual(byId(await table.readRows()));
    expect(seen.rows).toHaveLength(181);
  });

  it('makes a table that we go on with, and goes on with what we made of it', async () => {
    deltaRs('make', path('t'));
    const table = await DeltaTable.open(path('t'));
    expect(await table.readRows()).toHaveLength(130);
    expect((await table.readRows()).find(({ id }) => id === 'py7')).toEqual({
      id: 'py7',
      part: 'é=#',
      n: 7,
      at: '1970-01-01T00:00:07.000123Z',
      price: '1.75',
    });
    await table.append([{ id: 'ours', part: 'a b/c%', n: 2n ** 62n, price: '123456789012345678.25' }]);
    await table.merge(
      [
        { id: 'py7', n: -7 },
        { id: 'ours-too', part: null },
      ],
      ['id'],
    );
    await table.checkpoint();
    deltaRs('upsert', path('t'));
    await table.refresh();
    const seen = deltaRs('read', path('t'));
    expect(table.version).toBe(seen.version);
    const ours = byId(await table.readRows());
    expect(ours.map(({ id, part }) => [id, part])).toEqual(byId(seen.rows).map(({ id, part }) => [id, part]));
    expect(ours).toHaveLength(142);
    // delta-rs compacted the table in between: our next merge goes by its files.
    await table.merge([{ id: 'late1000', n: 1 }], ['id']);
    expect(deltaRs('read', path('t')).rows.find(({ id }) => id === 'late1000')).toMatchObject({ n: 1 });
  });
});
