import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { array, type DeltaSchema, field, map, struct } from '../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { localLake } from '../../../src/sinks/lake/local.ts';
import { faultyLake } from './faulty-lake.ts';
import { tableFolder } from './table-folder.ts';

const folder = tableFolder();
const schema = struct(field('id', 'string', { nullable: false }), field('n', 'long'));
const row = (id: string, n: number): { id: string; n: number } => ({ id, n });
const ids = async (table: DeltaTable): Promise<unknown[]> =>
  (await table.readRows()).map(({ id }) => String(id)).sort();
const logOf = (path: string, version: number): string => `${path}/_delta_log/${String(version).padStart(20, '0')}.json`;

describe('a table', () => {
  it('is created once, and opened from then on', async () => {
    const created = await DeltaTable.createOrOpen(folder('t'), { schema });
    await created.append([row('a', 1)]);
    const opened = await DeltaTable.open(folder('t'));
    expect([opened.version, opened.schema]).toEqual([1, schema]);
    expect(await opened.readRows()).toEqual([row('a', 1)]);
    await expect(DeltaTable.open(folder('none'))).rejects.toMatchObject({ code: 'TABLE_INVALID' });
  });

  it('keeps every type, nulls at every level included', async () => {
    const all = struct(
      field('s', 'string'),
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
      field('arar', array(array('long'))),
      field('m', map('string', 'long')),
      field('mi', map('integer', struct(field('z', 'string')))),
      field('p', 'string'),
    );
    const rows = [
      {
        s: 'é😀',
        l: 2n ** 60n,
        i: -5,
        h: 3,
        b: -128,
        f: 0.5,
        d: Number.NaN,
        t: true,
        x: new Uint8Array([0, 255]),
        day: '1969-12-31',
        ts: '2026-01-01T10:00:00.123456Z',
        nz: '2026-01-01T10:00:00.000001',
        d9: '-12.34',
        d18: '12345678901234.5678',
        d38: '1234567890123456789012345678.0123456789',
        st: { a: 'x', in: { l: ['p', null] } },
        ar: [1, null],
        arst: [{ q: 'a' }, null, { q: null }],
        arar: [[1], [], null, [null]],
        m: new Map([
          ['a', 1],
          ['b', null],
        ]),
        mi: new Map([
          [1, { z: 'one' }],
          [2, null],
        ]),
        p: 'a b/c%é=#?&',
      },
      Object.fromEntries(all.fields.map(({ name }) => [name, null])),
      {
        ...Object.fromEntries(all.fields.map(({ name }) => [name, null])),
        st: { a: null, in: null },
        ar: [],
        arst: [],
        arar: [],
        m: new Map(),
        mi: new Map(),
        p: '..',
      },
    ];
    const table = await DeltaTable.createOrOpen(folder('t'), { schema: all, partitionBy: ['p'] });
    await table.append(rows);
    expect(await table.readRows()).toEqual(rows);
    await table.checkpoint();
    expect(await (await DeltaTable.open(folder('t'))).readRows()).toEqual(rows);
  });

  it.each([{ minBytes: 0 }, false as const])(
    'takes nothing that objects inherit for a value, by DuckDB or without (%o)',
    async (engine) => {
      const st = (...more: string[]) => struct(field('a', 'long'), ...more.map((name) => field(name, 'string')));
      const narrow = struct(field('id', 'string'), field('toString', 'string'), field('st', st()));
      const wide = struct(...narrow.fields.slice(0, 2), field('st', st('valueOf')), field('constructor', 'long'));
      const table = await DeltaTable.createOrOpen(folder('t'), { schema: narrow }, { engine });
      await table.append([{ id: 'a', st: { a: 1 } }]);
      const wider = await DeltaTable.createOrOpen(folder('t'), { schema: wide }, { engine });
      const none = { toString: null, constructor: null };
      expect(await wider.readRows()).toEqual([{ id: 'a', ...none, st: { a: 1, valueOf: null } }]);
      await wider.merge([{ id: 'a' }, { id: 'b', st: { a: 2 } }], ['id']);
      await wider.append([{ id: 'c', constructor: 3 }]);
      const rows = (await wider.readRows()).toSorted((x, y) => (String(x['id']) < String(y['id']) ? -1 : 1));
      expect(rows).toEqual([
        { id: 'a', ...none, st: { a: 1, valueOf: null } },
        { id: 'b', ...none, st: { a: 2, valueOf: null } },
        { id: 'c', ...none, constructor: 3, st: null },
      ]);
    },
  );

  it('of several that create it, keeps one, and the others go on with it', async () => {
    const tables = await Promise.all(Array.from({ length: 8 }, () => DeltaTable.createOrOpen(folder('t'), { schema })));
    await Promise.all(tables.map((table, i) => table.append([row(`r${i}`, i)])));
    const table = await DeltaTable.open(folder('t'));
    expect(table.version).toBe(8);
    expect(await ids(table)).toEqual(tables.map((_, i) => `r${i}`));
    expect(new Set(tables.map(({ metadata }) => metadata.id)).size).toBe(1);
  });

  it('gets the columns that are new, and nulls in older rows', async () => {
    const wider: DeltaSchema = struct(
      ...schema.fields,
      field('at', 'timestamp'),
      field('must', 'string', { nullable: false }),
    );
    const table = await DeltaTable.createOrOpen(folder('t'), { schema });
    await table.append([row('a', 1)]);
    const wide = await DeltaTable.createOrOpen(folder('t'), { schema: wider });
    expect(wide.schema.fields.map(({ name, nullable }) => [name, nullable])).toEqual([
      ['id', false],
      ['n', true],
      ['at', true],
      ['must', true],
    ]);
    await wide.append([{ id: 'b', must: 'x' }]);
    expect(await wide.readRows()).toEqual([
      { id: 'a', n: 1, at: null, must: null },
      { id: 'b', n: null, at: null, must: 'x' },
    ]);
    // The older handle learns of it in its next commit, and its rows still fit.
    await table.append([row('c', 3)]);
    expect(await ids(table)).toEqual(['a', 'b', 'c']);
    expect(wide.metadata.id).toBe(table.metadata.id);
  });

  it('refuses another type, and another partitioning', async () => {
    await DeltaTable.createOrOpen(folder('t'), { schema });
    const other = struct(field('id', 'long'));
    await expect(DeltaTable.createOrOpen(folder('t'), { schema: other })).rejects.toThrow('column id is string');
    await expect(DeltaTable.createOrOpen(folder('t'), { schema, partitionBy: ['n'] })).rejects.toThrow(
      'partitioned by',
    );
  });

  it('takes all rows of an append or none', async () => {
    const table = await DeltaTable.createOrOpen(folder('t'), { schema });
    await expect(table.append([row('a', 1), { id: null, n: 2 }])).rejects.toMatchObject({ code: 'SERIALIZATION' });
    await expect(table.append([{ id: 'a', nn: 2 }])).rejects.toThrow('there is no column nn');
    expect([table.version, await table.readRows()]).toEqual([0, []]);
  });

  it('shows earlier versions, and what made each', async () => {
    const table = await DeltaTable.createOrOpen(folder('t'), { schema });
    await table.append([row('a', 1)]);
    await table.append([row('b', 2)]);
    expect(await table.readRows({ version: 1 })).toEqual([row('a', 1)]);
    expect((await table.history()).map(({ version, operation }) => [version, operation])).toEqual([
      [2, 'WRITE'],
      [1, 'WRITE'],
      [0, 'CREATE TABLE'],
    ]);
    await expect(table.readRows({ version: 9 })).rejects.toMatchObject({ code: 'TABLE_INVALID' });
  });

  it('writes nothing that its mark says it has', async () => {
    const table = await DeltaTable.createOrOpen(folder('t'), { schema });
    const once = (version: number, id: string): Promise<unknown> =>
      table.append([row(id, 1)], { txn: { appId: 'app', version } });
    expect(await once(5, 'a')).toMatchObject({ kind: 'written', version: 1 });
    expect(await once(5, 'again')).toMatchObject({ kind: 'taken', version: 1 });
    expect(await once(4, 'older')).toMatchObject({ kind: 'taken' });
    expect(await once(6, 'b')).toMatchObject({ kind: 'written' });
    expect([await ids(table), table.txnVersion('app'), table.txnVersion('other')]).toEqual([['a', 'b'], 6, null]);
    expect((await readdir(folder('t'))).filter((name) => name.endsWith('.parquet'))).toHaveLength(2);
  });

  it('writes once when two handles bring the same mark at the same time', async () => {
    const first = await DeltaTable.createOrOpen(folder('t'), { schema });
    const second = await DeltaTable.open(folder('t'));
    const results = await Promise.all(
      [first, second].map((table) => table.append([row('a', 1)], { txn: { appId: 'app', version: 1 } })),
    );
    expect(results.map(({ kind }) => kind).sort()).toEqual(['taken', 'written']);
    await first.refresh();
    expect(await ids(first)).toEqual(['a']);
  });

  it('survives many writers at once, nothing lost and nothing twice', async () => {
    await DeltaTable.createOrOpen(folder('t'), { schema });
    const handles = await Promise.all(Array.from({ length: 6 }, () => DeltaTable.open(folder('t'))));
    await Promise.all(
      handles.map(async (table, w) => {
        for (let i = 0; i < 10; i++) await table.append([row(`${w}-${i}`, i)]);
        await table.settled();
      }),
    );
    const table = await DeltaTable.open(folder('t'));
    expect(table.version).toBe(60);
    expect(new Set(await ids(table)).size).toBe(60);
  });
});

describe('a table’s log', () => {
  const filled = async (commits: number, options = {}): Promise<DeltaTable> => {
    const table = await DeltaTable.createOrOpen(folder('t'), { schema }, options);
    for (let i = 1; i <= commits; i++) await table.append([row(`r${i}`, i)], { txn: { appId: 'app', version: i } });
    await table.settled();
    return table;
  };

  it('gets a checkpoint each so many commits, and opens by it when older commits are gone', async () => {
    await filled(25, { checkpointInterval: 10 });
    const names = (await readdir(folder('t', '_delta_log'))).filter((name) => !name.endsWith('.json'));
    expect(names).toEqual([
      '00000000000000000010.checkpoint.parquet',
      '00000000000000000020.checkpoint.parquet',
      '_last_checkpoint',
    ]);
    for (let version = 0; version < 20; version++) await rm(logOf(folder('t'), version));
    const table = await DeltaTable.open(folder('t'));
    expect([table.version, table.txnVersion('app'), table.fileCount]).toEqual([25, 25, 25]);
    expect(await ids(table)).toHaveLength(25);
  });

  it('uses the table’s own checkpoint interval where it has one', async () => {
    const configuration = { 'delta.checkpointInterval': '3' };
    const table = await DeltaTable.createOrOpen(folder('t'), { schema, configuration });
    for (let i = 1; i <= 4; i++) await table.append([row(`r${i}`, i)]);
    await table.settled();
    expect(await readdir(folder('t', '_delta_log'))).toContain('00000000000000000003.checkpoint.parquet');
  });

  it.each([
    ['is missing', null],
    ['is corrupt', '{"vers'],
    ['names a checkpoint that is not there', '{"version":24,"size":1}'],
    ['is behind', '{"version":10,"size":1}'],
    ['holds something else', '[]'],
  ])('opens when _last_checkpoint %s', async (_what, content) => {
    await filled(25, { checkpointInterval: 10 });
    const hint = folder('t', '_delta_log', '_last_checkpoint');
    if (content === null) await rm(hint);
    else await writeFile(hint, content);
    for (let version = 0; version < 10; version++) await rm(logOf(folder('t'), version));
    const table = await DeltaTable.open(folder('t'));
    expect([table.version, table.fileCount]).toEqual([25, 25]);
  });

  it('is refused when a commit is missing', async () => {
    await filled(3);
    await rm(logOf(folder('t'), 2));
    await expect(DeltaTable.open(folder('t'))).rejects.toThrow('version 2 of the log is missing');
  });

  it('is refused when a commit cannot be parsed', async () => {
    await filled(1);
    await writeFile(logOf(folder('t'), 1), '{"add":');
    await expect(DeltaTable.open(folder('t'))).rejects.toThrow('version 1 of the log cannot be read');
  });

  it('is not hurt by a checkpoint that fails, which is tried again at the next commit', async () => {
    const { lake, faults } = faultyLake(localLake(folder()));
    const errors: unknown[] = [];
    const options = { lake, checkpointInterval: 2, onUpkeepError: (error: unknown) => errors.push(error) };
    const table = await DeltaTable.createOrOpen('t', { schema }, options);
    await table.append([row('a', 1)]);
    const txn = { appId: 'only', version: 1 };
    faults.write.push('refused');
    // A commit without rows: its only write is the checkpoint’s.
    await table.append([], { txn });
    await table.settled();
    expect([errors.length, await lake.list('t/_delta_log', '_')]).toEqual([1, []]);
    await table.append([row('b', 2)]);
    await table.settled();
    expect((await lake.list('t/_delta_log', '_')).length).toBe(1);
  });

  it('asks the store for one put per commit of a writer that is alone', async () => {
    const { lake, faults } = faultyLake(localLake(folder()));
    const table = await DeltaTable.createOrOpen('t', { schema }, { lake, checkpointInterval: 0 });
    for (const name of Object.keys(faults.calls)) delete faults.calls[name];
    for (let i = 0; i < 10; i++) await table.append([row(`r${i}`, i)]);
    expect(faults.calls).toEqual({ write: 10, putIfAbsent: 10 });
  });
});

describe('a table that others made', () => {
  const withAction = async (...actions: object[]): Promise<void> => {
    const path = logOf(folder('t'), 0);
    const kept = (await readFile(path, 'utf8'))
      .split('\n')
      .filter((line) => line.includes('"metaData"') || line.includes('commitInfo'));
    await writeFile(path, [...kept, ...actions.map((action) => JSON.stringify(action))].join('\n'));
  };

  it.each([
    [
      'a reader feature',
      {
        minReaderVersion: 3,
        minWriterVersion: 7,
        readerFeatures: ['deletionVectors'],
        writerFeatures: ['deletionVectors'],
      },
      'deletionVectors',
    ],
    ['a newer reader', { minReaderVersion: 4, minWriterVersion: 7 }, 'reader version 4'],
  ])('is not opened when it needs %s', async (_what, protocol, named) => {
    await DeltaTable.createOrOpen(folder('t'), { schema });
    await withAction({ protocol });
    await expect(DeltaTable.open(folder('t'))).rejects.toThrow(named);
  });

  it('is read and not written when it needs a writer feature', async () => {
    const table = await DeltaTable.createOrOpen(folder('t'), { schema });
    await table.append([row('a', 1)]);
    await withAction({ protocol: { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['icebergCompatV1'] } });
    const opened = await DeltaTable.open(folder('t'));
    expect(await ids(opened)).toEqual(['a']);
    await expect(opened.append([row('b', 1)])).rejects.toThrow('icebergCompatV1');
    await expect(DeltaTable.createOrOpen(folder('t'), { schema })).rejects.toThrow('icebergCompatV1');
  });

  it('is written under an old writer version whose features it does not use', async () => {
    await DeltaTable.createOrOpen(folder('t'), { schema });
    await withAction({ protocol: { minReaderVersion: 2, minWriterVersion: 6 } });
    const table = await DeltaTable.open(folder('t'));
    await table.append([row('a', 1)]);
    expect(await ids(table)).toEqual(['a']);
  });
});
