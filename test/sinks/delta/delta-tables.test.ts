import { describe, expect, it } from 'vitest';
import { deltaTables } from '../../../src/sinks/delta/delta-tables.ts';
import type { DeltaTablesOptions, RoutedRow } from '../../../src/sinks/delta/options.ts';
import { field, struct } from '../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { localLake } from '../../../src/sinks/lake/local.ts';
import type { SinkConnector } from '../../../src/sinks/sink.ts';
import { type Faults, faultyLake } from './faulty-lake.ts';
import { consumed, contextFor, recordAt, type Rejected, run } from './sink-harness.ts';
import { tableFolder } from './table-folder.ts';

const folder = tableFolder();
const NAMES = ['parents', 'children', 'links'] as const;
type Name = (typeof NAMES)[number];
/** The tables that a record has a row for. */
type Value = readonly Name[];

const schema = struct(field('n', 'long', { nullable: false }));
const options = (order: readonly Name[]): Omit<DeltaTablesOptions<string, Value, Name>, 'lake'> => ({
  order,
  tables: {
    parents: { path: 'parents', schema, mode: 'append' },
    children: { path: 'children', schema, mode: 'append' },
    links: { path: 'links', schema, mode: 'append' },
  },
  route: (value, _key, record) => value.map((table): RoutedRow<Name> => ({ table, row: { n: record.offset } })),
});
const open = (order: readonly Name[] = NAMES): { connector: SinkConnector<string, Value>; faults: Faults } => {
  const { lake, faults } = faultyLake(localLake(folder()));
  return { connector: deltaTables({ ...options(order), lake }), faults };
};
const rows = async (name: Name): Promise<unknown[]> =>
  (await (await DeltaTable.open(folder(name))).readRows()).map(({ n }) => n).sort((a, b) => Number(a) - Number(b));

describe('a sink of several tables', () => {
  const values: Value[] = [['parents'], ['parents', 'children'], ['children'], [], ['links', 'parents'], ['parents']];

  it('routes rows, and marks the end of each flush in the last table', async () => {
    const { connector } = open();
    const writer = await run(connector, values, { every: 2 });
    expect([await rows('parents'), await rows('children'), await rows('links')]).toEqual([[0, 1, 4, 5], [1, 2], [4]]);
    expect(await writer.positions()).toEqual(consumed(6));
    const links = await DeltaTable.open(folder('links'));
    expect([links.txnVersion('app-sink-events-0-complete'), connector.description]).toEqual([
      5,
      'delta parents, children, links',
    ]);
  });

  it('commits in the declared order', async () => {
    const { connector, faults } = open();
    const writer = await connector.open(contextFor());
    writer.write('', ['links', 'children', 'parents'], recordAt(0));
    const seen: number[][] = [];
    const look = async (): Promise<void> => {
      const tables = await Promise.all(NAMES.map((name) => DeltaTable.open(folder(name))));
      seen.push(tables.map(({ version }) => version));
    };
    faults.before.push(look, look, look);
    await writer.flush(consumed(1));
    expect(seen).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [1, 1, 0],
    ]);
  });

  it.each([0, 1, 2])('is exact when a flush breaks off at table %i, and the task starts again', async (at) => {
    const { connector, faults } = open();
    const all: Value[] = Array.from({ length: 30 }, () => NAMES);
    await run(connector, all.slice(0, 10), { every: 5 });
    faults.before.push(...Array.from({ length: at }, () => async () => undefined), async () => {
      throw new Error('killed');
    });
    await expect(run(connector, all.slice(0, 20), { every: 10 })).rejects.toThrow('killed');
    const next = open().connector;
    const writer = await next.open(contextFor());
    expect(await writer.positions()).toEqual(consumed(10));
    await run(next, all, { every: 7 });
    for (const name of NAMES) expect(await rows(name)).toEqual(all.map((_, n) => n));
  });

  it('loses nothing when the very first flush breaks off: it has no position then', async () => {
    const { connector, faults } = open();
    const writer = await connector.open(contextFor());
    faults.before.push(
      async () => undefined,
      async () => {
        throw new Error('killed');
      },
    );
    for (let offset = 0; offset < 5; offset++) writer.write('', NAMES, recordAt(offset));
    await expect(writer.flush(consumed(5))).rejects.toThrow('killed');
    const next = open().connector;
    expect(await (await next.open(contextFor())).positions()).toEqual([]);
    await run(
      next,
      Array.from({ length: 5 }, () => NAMES),
      { every: 5 },
    );
    for (const name of NAMES) expect(await rows(name)).toEqual([0, 1, 2, 3, 4]);
  });

  it('goes on with the tables that are left when a flush is tried again', async () => {
    const { connector, faults } = open();
    const writer = await connector.open(contextFor());
    writer.write('', NAMES, recordAt(0));
    faults.putIfAbsent.push('denied', 'lost');
    await expect(writer.flush(consumed(1))).rejects.toMatchObject({ retriable: true });
    writer.write('', NAMES, recordAt(1));
    await writer.flush(consumed(2));
    for (const name of NAMES) expect(await rows(name)).toEqual([0, 1]);
    expect(await writer.positions()).toEqual(consumed(2));
  });

  it('stays exact when the order of its tables changes', async () => {
    await run(open(NAMES).connector, values, { every: 2 });
    const writer = await run(open(['links', 'parents', 'children']).connector, [...values, NAMES], { every: 2 });
    expect(await writer.positions()).toEqual(consumed(7));
    expect([await rows('parents'), await rows('children'), await rows('links')]).toEqual([
      [0, 1, 4, 5, 6],
      [1, 2, 6],
      [4, 6],
    ]);
  });

  it('does not fall back to a table that seldom gets rows', async () => {
    const { connector } = open();
    const seldom: Value[] = Array.from({ length: 50 }, (_, n) => (n === 0 ? NAMES : ['parents']));
    const writer = await run(connector, seldom, { every: 10 });
    expect(await writer.positions()).toEqual(consumed(50));
    expect((await DeltaTable.open(folder('children'))).version).toBe(1);
  });

  it('rejects a record as a whole when one of its rows does not fit', async () => {
    const rejected: Rejected[] = [];
    const connector = deltaTables<string, string, Name>({
      ...options(NAMES),
      lake: localLake(folder()),
      route: (value) => [
        { table: 'parents', row: { n: 1 } },
        { table: 'children', row: { n: value } },
      ],
    });
    const writer = await connector.open(contextFor(rejected));
    writer.write('', 'text', recordAt(0));
    await writer.flush(consumed(1));
    expect(rejected).toEqual([['column n (long) cannot hold string', 0]]);
    expect(await rows('parents')).toEqual([]);
  });

  it.each([
    ['a table is left out', ['parents', 'children']],
    ['a table is there twice', ['parents', 'children', 'links', 'links']],
    ['a table is unknown', ['parents', 'children', 'links', 'others']],
  ])('is refused when of its order %s', (_what, order) => {
    expect(() => deltaTables({ ...options(order as Name[]) })).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
