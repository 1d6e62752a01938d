import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkTable } from '../../../src/sinks/delta/check-table.ts';
import { deltaTables } from '../../../src/sinks/delta/delta-tables.ts';
import { logFolder, versionName } from '../../../src/sinks/delta/log.ts';
import { field, struct } from '../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { azureLake } from '../../../src/sinks/lake/azure.ts';
import type { LakeStore } from '../../../src/sinks/lake/lake-store.ts';
import { localLake } from '../../../src/sinks/lake/local.ts';
import type { SinkConnector } from '../../../src/sinks/sink.ts';
import { faultyLake } from './faulty-lake.ts';
import { FakeDfs } from '../lake/fake-dfs.ts';
import { Killed, killedAt, type KillPoint } from './kill-points.ts';
import { consumed, contextFor, recordAt, run } from './sink-harness.ts';
import { tableFolder } from './table-folder.ts';

const RECORDS = 60;
const EVERY = 5;
const TABLES = ['parents', 'children'] as const;
const schema = struct(field('id', 'long', { nullable: false }), field('n', 'long'));
const values = Array.from({ length: RECORDS }, (_, n) => n);

/** `parents` gets a row for each record; `children` keeps the newest of ten keys. */
function sinkIn(lake: LakeStore): SinkConnector<string, number> {
  return deltaTables<string, number, (typeof TABLES)[number]>({
    lake,
    order: TABLES,
    checkpointInterval: 3,
    tables: {
      parents: { path: 'parents', schema, mode: 'append' },
      children: { path: 'children', schema, mode: 'merge', mergeKeys: ['id'] },
    },
    route: (n) => [
      { table: 'parents', row: { id: n, n } },
      { table: 'children', row: { id: n % 10, n } },
    ],
  });
}

const POINTS: Readonly<Record<string, KillPoint>> = {
  'between the upload of the data files and the commit': {
    call: 'putIfAbsent',
    name: /parents\/_delta_log\/0+4\.json$/,
    when: 'before',
  },
  'in the middle of an upload': { call: 'write', name: /parents\/part-/, nth: 3, when: 'half' },
  'after an upload that was answered': { call: 'write', name: /children\/part-/, nth: 3, when: 'after' },
  'between the commit of the first table and the second': {
    call: 'putIfAbsent',
    name: /parents\/_delta_log\/0+5\.json$/,
    when: 'after',
  },
  'before the commit of the second table': {
    call: 'putIfAbsent',
    name: /children\/_delta_log\/0+5\.json$/,
    when: 'before',
  },
  'between the commit of all tables and that of the offsets': {
    call: 'putIfAbsent',
    name: /children\/_delta_log\/0+6\.json$/,
    when: 'after',
  },
  'in the middle of a checkpoint': { call: 'write', name: /parents\/.*checkpoint\.parquet$/, nth: 2, when: 'half' },
  'between a checkpoint and the hint to it': {
    call: 'write',
    name: /parents\/.*_last_checkpoint$/,
    nth: 2,
    when: 'before',
  },
  'in the middle of the hint to a checkpoint': { call: 'write', name: /children\/.*_last_checkpoint$/, when: 'half' },
};

/** Each row once, and the table sound at every version that it has. */
async function expectExact(lake: LakeStore): Promise<void> {
  const wanted = { parents: values, children: values.slice(-10) };
  for (const name of TABLES) {
    const table = await DeltaTable.open(name, { lake });
    const numbers = (await table.readRows()).map(({ n }) => Number(n)).sort((a, b) => a - b);
    expect([name, numbers]).toEqual([name, wanted[name]]);
    expect([name, (await checkTable(name, { lake })).faults]).toEqual([name, []]);
    let last = 0;
    for (let version = 0; version <= table.version; version++) {
      const ids = (await table.readRows({ version })).map(({ id }) => Number(id));
      expect([version, new Set(ids).size]).toEqual([version, ids.length]);
      expect(ids.length).toBeGreaterThanOrEqual(last);
      last = ids.length;
    }
  }
}

const STORES = ['the local disk', 'Azure'] as const;

describe.each(STORES)('a sink on %s whose process ends', (store) => {
  const folder = tableFolder();
  let dfs: FakeDfs;
  beforeEach(async () => {
    dfs = await FakeDfs.start();
  });
  afterEach(() => dfs.close());
  const newLake = (): LakeStore =>
    store === 'Azure'
      ? azureLake(dfs.url, { credential: { accountName: 'fake', accountKey: '' }, baseMs: 1, maxMs: 5 })
      : localLake(folder());

  it.each(Object.entries(POINTS))('%s has each row once when it starts again', async (_, point) => {
    const process = killedAt(newLake(), point);
    const first = await run(sinkIn(process.lake), values.slice(0, 40), { every: EVERY }).catch((error: unknown) => {
      expect(error).toBeInstanceOf(Killed);
      return null;
    });
    await first?.close();
    expect(process.dead()).toBe(true);
    // Nothing was committed to Kafka since the flush before: the new process asks the tables where to read on.
    const writer = await run(sinkIn(newLake()), values, { every: EVERY + 2 });
    await writer.close();
    await expectExact(newLake());
  });

  it('at every write that it makes, one after the other, has each row once', { timeout: 120_000 }, async () => {
    let kills = 0;
    for (let life = 0; life < RECORDS / 2; life++) {
      const when = life % 2 ? 'before' : 'after';
      const call = life % 3 ? 'write' : 'putIfAbsent';
      const process = killedAt(newLake(), { call, name: /./, nth: 1 + (life % 4), when });
      const writer = await run(sinkIn(process.lake), values.slice(0, 2 * (life + 1)), { every: 1 }).catch(() => null);
      await writer?.close().catch(() => undefined);
      if (process.dead()) kills++;
    }
    await (await run(sinkIn(newLake()), values, { every: EVERY })).close();
    expect(kills).toBeGreaterThan(10);
    await expectExact(newLake());
  });

  it.each([
    ['the hint is missing', null],
    ['the hint is old', '{"version":3,"size":4}'],
    ['the hint names a checkpoint that never was', '{"version":11,"size":4}'],
    ['the hint is cut off', '{"versi'],
  ])('is read on when %s', async (_, hint) => {
    const writer = await run(sinkIn(newLake()), values.slice(0, 40), { every: EVERY });
    await writer.close();
    const lake = newLake();
    for (const path of TABLES) {
      const name = `${logFolder({ lake, path })}/_last_checkpoint`;
      if (hint === null) await lake.delete(name);
      else await lake.write(name, Buffer.from(hint));
    }
    const next = await run(sinkIn(newLake()), values, { every: EVERY });
    await next.close();
    expect(await next.positions()).toEqual(consumed(RECORDS));
    await expectExact(newLake());
  });

  it('goes on from a checkpoint that is damaged, by the one before it or by the commits', async () => {
    const writer = await run(sinkIn(newLake()), values.slice(0, 40), { every: EVERY });
    await writer.close();
    const lake = newLake();
    for (const path of TABLES) {
      const log = logFolder({ lake, path });
      const found = (await lake.list(log)).filter((file) => file.path.endsWith('.checkpoint.parquet'));
      const newest = found.at(-1);
      expect(newest).toBeDefined();
      const bytes = (await lake.read(newest?.path ?? '')) ?? Buffer.alloc(0);
      await lake.write(newest?.path ?? '', bytes.subarray(0, bytes.length >> 1));
      // Of one table the first commits are gone too: then the older checkpoint has to do.
      if (path === 'parents') await lake.delete(`${log}/${versionName(0)}.json`);
      const { version } = await DeltaTable.open(path, { lake });
      expect(version).toBe(8);
    }
    const next = await sinkIn(newLake()).open(contextFor());
    expect(await next.positions()).toEqual(consumed(40));
  });

  it('says what is wrong when a checkpoint is damaged and the commits before it are gone', async () => {
    const table = await DeltaTable.createOrOpen('t', { schema }, { lake: newLake(), checkpointInterval: 0 });
    await table.append([{ id: 1, n: 1 }]);
    await table.checkpoint();
    const lake = newLake();
    await lake.write(`t/_delta_log/${versionName(1)}.checkpoint.parquet`, Buffer.from('PAR1 no more PAR1'));
    await lake.delete(`t/_delta_log/${versionName(0)}.json`);
    await expect(DeltaTable.open('t', { lake })).rejects.toMatchObject({ code: 'TABLE_INVALID' });
  });
});

describe.each(STORES)('a sink on %s whose partition moves to another task during a flush', (store) => {
  const folder = tableFolder();
  let dfs: FakeDfs;
  beforeEach(async () => {
    dfs = await FakeDfs.start();
  });
  afterEach(() => dfs.close());
  const newLake = (): LakeStore =>
    store === 'Azure'
      ? azureLake(dfs.url, { credential: { accountName: 'fake', accountKey: '' }, baseMs: 1, maxMs: 5 })
      : localLake(folder());

  const takeOver = async (): Promise<void> => (await run(sinkIn(newLake()), values, { every: 20 })).close();
  it.each(TABLES)('is fenced when the new owner was first at %s, and each row is there once', async (table) => {
    const { lake, faults } = faultyLake(newLake());
    const old = await sinkIn(lake).open(contextFor());
    if (table === 'children') faults.before.push(async () => undefined);
    faults.before.push(takeOver);
    for (const n of values.slice(0, 10)) old.write('', n, recordAt(n));
    await expect(old.flush(consumed(10))).rejects.toMatchObject({ code: 'FENCED' });
    await expectExact(newLake());
  });

  it('fences the new owner that looked before the last flush came through; it asks again and goes on', async () => {
    const old = await sinkIn(newLake()).open(contextFor());
    for (const n of values.slice(0, 10)) old.write('', n, recordAt(n));
    const early = await sinkIn(newLake()).open(contextFor());
    expect(await early.positions()).toEqual([]);
    await old.flush(consumed(10));
    for (const n of values.slice(0, 20)) early.write('', n, recordAt(n));
    await expect(early.flush(consumed(20))).rejects.toMatchObject({ code: 'FENCED' });
    const next = sinkIn(newLake());
    expect(await (await next.open(contextFor())).positions()).toEqual(consumed(10));
    await (await run(next, values, { every: 10 })).close();
    await expectExact(newLake());
  });
});
