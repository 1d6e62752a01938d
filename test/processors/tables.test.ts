import { describe, expect, it } from 'vitest';
import { Change } from '../../src/processors/change.ts';
import { streamTableJoin } from '../../src/processors/stream-table-join.ts';
import { tableFilter } from '../../src/processors/table-filter.ts';
import { tableGroupBy } from '../../src/processors/table-group-by.ts';
import { tableJoin } from '../../src/processors/table-join.ts';
import { tableMapValues } from '../../src/processors/table-map-values.ts';
import { tableSource } from '../../src/processors/table-source.ts';
import {
  type ValueGetterSupplier,
  filteredGetter,
  joinedGetter,
  mappedGetter,
} from '../../src/processors/value-getter.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { timestampedKeyValueStore } from '../../src/topology/stores.ts';
import { operate } from './operator.ts';

const store = timestampedKeyValueStore({ name: 's', key: serdes.string, value: serdes.string });
const rows = (all: Record<string, readonly [string, number]>): ValueGetterSupplier<string, string> => ({
  stores: ['rows'],
  open: () => {
    const getWithTimestamp = (key: string) => {
      const row = all[key];
      return row === undefined ? null : { value: row[0], timestamp: row[1] };
    };
    return { getWithTimestamp, get: (key) => getWithTimestamp(key)?.value ?? null };
  },
});

describe('a table', () => {
  it('drops records without a key, keeps rows and sends old values when asked', async () => {
    const one = await operate(tableSource<string | null, string | null>('s', true), [store]);
    one.send(null, 'a');
    one.send('k', 'a', 5);
    one.send('k', 'b', 3);
    one.send('k', null, 6);
    expect(one.task.drops).toEqual(['null-key']);
    expect(one.sent()).toEqual([
      ['k', new Change('a', null), 5],
      ['k', new Change('b', 'a'), 3],
      ['k', new Change(null, 'b'), 6],
    ]);
  });

  it('that is not kept passes each record on', async () => {
    const one = await operate(tableSource<string, string | null>(null, false));
    one.send('k', null, 5);
    expect(one.sent()).toEqual([['k', new Change(null, null), 5]]);
  });

  it('filtered, deletes what no longer fits, and what was never there only where old values are unknown', async () => {
    const options = { predicate: (value: string) => value > 'b', keep: true, store: null };
    const blind = await operate(tableFilter<string, string>({ ...options, sendOldValues: false, versioned: false }));
    const knowing = await operate(tableFilter<string, string>({ ...options, sendOldValues: true, versioned: false }));
    for (const one of [blind, knowing]) one.send('k', new Change('a', null));
    expect(blind.sent()).toEqual([['k', new Change(null, null), 0]]);
    expect(knowing.sent()).toEqual([]);
    knowing.send('k', new Change('a', 'c'));
    expect(knowing.sent()).toEqual([['k', new Change<string>(null, 'c'), 0]]);
  });

  it('mapped, does not call the function for a deletion', async () => {
    const one = await operate(
      tableMapValues<string, string, number>({ mapper: (value) => value.length, store: null, sendOldValues: true }),
    );
    one.send('k', new Change<string>(null, 'ab'));
    expect(one.sent()).toEqual([['k', new Change<number>(null, 2), 0]]);
  });

  it('regrouped, sends the old row before the new one, or both together within one group', async () => {
    const one = await operate(
      tableGroupBy<string, string, Buffer | null, string>(
        (value) => [value === '' ? null : Buffer.from(value.slice(0, 1)), value],
        serdes.bytes as never,
      ),
    );
    one.send('k', new Change('b', 'a'), 1);
    one.send('k', new Change('bc', 'b'), 2);
    one.send('k', new Change('', 'b'), 3);
    expect(one.sent()).toEqual([
      [Buffer.from('a'), new Change<string>(null, 'a'), 1],
      [Buffer.from('b'), new Change('b', null), 1],
      [Buffer.from('b'), new Change('bc', 'b'), 2],
      [Buffer.from('b'), new Change<string>(null, 'b'), 3],
    ]);
  });
});

describe('a join of a stream with a table', () => {
  const table = rows({ k: ['row', 1] });
  const joiner = (value: string | null, row: string | null) => `${value}+${row}`;

  it('inner, drops null keys and values and waits for nothing', async () => {
    const one = await operate(
      streamTableJoin<string | null, string | null, string, string>({ table, joiner, left: false }),
    );
    one.send('k', 'a', 9);
    one.send('other', 'a');
    one.send(null, 'a');
    one.send('k', null);
    expect(one.sent()).toEqual([['k', 'a+row', 9]]);
    expect(one.task.drops).toEqual(['null-join-key', 'null-value']);
  });

  it('left, joins with null what has no row, a record without a key too', async () => {
    const one = await operate(
      streamTableJoin<string | null, string | null, string, string>({ table, joiner, left: true }),
    );
    one.send('other', 'a');
    one.send(null, 'a');
    one.send(null, null);
    expect(one.sent().map(([, value]) => value)).toEqual(['a+null', 'a+null']);
    expect(one.task.drops).toEqual(['null-value']);
  });
});

describe('a join of tables', () => {
  const other = rows({ k: ['row', 7] });
  const joiner = (value: string | null, row: string | null) => `${value}+${row}`;
  const side = (needsThis: boolean, needsOther: boolean) =>
    operate(tableJoin<string, string, string, string>({ other, joiner, needsThis, needsOther, sendOldValues: true }));

  it('inner, needs both rows and takes the higher time', async () => {
    const one = await side(true, true);
    one.send('k', new Change('b', 'a'), 3);
    one.send('k', new Change<string>(null, 'b'), 9);
    one.send('none', new Change('b', 'a'), 3);
    expect(one.sent()).toEqual([
      ['k', new Change('b+row', 'a+row'), 7],
      ['k', new Change<string>(null, 'b+row'), 9],
    ]);
  });

  it('left, gives null for a missing row, and passes no deletion of what neither side has', async () => {
    const one = await side(true, false);
    one.send('none', new Change('b', null));
    one.send('none', new Change<string>(null, null));
    expect(one.sent()).toEqual([['none', new Change('b+null', null), 0]]);
  });

  it('outer, joins a deletion with the row of the other side', async () => {
    const one = await side(false, false);
    one.send('k', new Change<string>(null, 'a'), 8);
    expect(one.sent()).toEqual([['k', new Change('null+row', 'a+row'), 8]]);
  });
});

describe('rows of a table that is not kept', () => {
  const access = { store: () => expect.unreachable('the getter below needs no store') };
  const base = rows({ a: ['xx', 1], b: ['y', 2] });

  it('are computed from those of its parents', () => {
    const long = filteredGetter(base, (value) => value.length > 1, true).open(access);
    expect([long.get('a'), long.get('b'), long.getWithTimestamp('b')]).toEqual(['xx', null, null]);
    const lengths = mappedGetter(base, (value) => value.length).open(access);
    expect([lengths.get('a'), lengths.getWithTimestamp('b')]).toEqual([2, { value: 1, timestamp: 2 }]);
    const joiner = (one: string | null, two: string | null) => `${one}${two}`;
    const join = (needs: 'both' | 'left' | 'either') =>
      joinedGetter(base, rows({ b: ['z', 9] }), joiner, needs).open(access);
    expect([join('both').get('a'), join('left').get('a'), join('either').get('c')]).toEqual([null, 'xxnull', null]);
    expect(join('either').getWithTimestamp('b')).toEqual({ value: 'yz', timestamp: 9 });
  });
});
