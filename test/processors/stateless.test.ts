import { describe, expect, it } from 'vitest';
import { branch } from '../../src/processors/branch.ts';
import { filter } from '../../src/processors/filter.ts';
import { flatMapValues } from '../../src/processors/flat-map-values.ts';
import { flatMap } from '../../src/processors/flat-map.ts';
import { forEach } from '../../src/processors/for-each.ts';
import { mapValues } from '../../src/processors/map-values.ts';
import { map } from '../../src/processors/map.ts';
import { passThrough } from '../../src/processors/pass-through.ts';
import { peek } from '../../src/processors/peek.ts';
import { print } from '../../src/processors/print.ts';
import { selectKey } from '../../src/processors/select-key.ts';
import { at, operate } from './operator.ts';

describe('an operator without state', () => {
  it('passes what fits a filter, or what does not', async () => {
    const kept = await operate(filter<string, number>((value) => value > 1, true));
    const dropped = await operate(filter<string, number>((value) => value > 1, false));
    for (const value of [1, 2]) {
      kept.send('k', value);
      dropped.send('k', value);
    }
    expect([kept.sent(), dropped.sent()]).toEqual([[['k', 2, 0]], [['k', 1, 0]]]);
  });

  it('maps keys and values and gives the function the record', async () => {
    const both = await operate(
      map<string, number, string, number>((value, key, record) => [key + value, record.timestamp]),
    );
    both.send('k', 7, 5);
    expect(both.sent()).toEqual([['k7', 5, 5]]);
    const one = await operate(mapValues<string, number, number>((value) => value + 1));
    one.send('k', 7);
    expect(one.sent()).toEqual([['k', 8, 0]]);
    const key = await operate(selectKey<string, number, number>((value) => value));
    key.send('k', 7);
    expect(key.sent()).toEqual([[7, 7, 0]]);
  });

  it('sends any number of records for one', async () => {
    const parts = await operate(flatMapValues<string, string, string>((value) => value));
    parts.send('k', 'ab', 3);
    parts.send('k', '', 4);
    expect(parts.sent()).toEqual([
      ['k', 'a', 3],
      ['k', 'b', 3],
    ]);
    const pairs = await operate(
      flatMap<string, string, string, number>((value) => Array.from(value).map((part, i) => [part, i] as const)),
    );
    pairs.send('k', 'ab', 3);
    expect(pairs.sent()).toEqual([
      ['a', 0, 3],
      ['b', 1, 3],
    ]);
  });

  it('shows records to functions', async () => {
    const seen: unknown[] = [];
    const look = await operate(peek<string, number>((value, key) => void seen.push([key, value])));
    const end = await operate(forEach<string, number>((value, key) => void seen.push([key, value])));
    const lines = await operate(print('label', (line) => void seen.push(line)));
    look.send('k', 1);
    end.send('k', 2);
    lines.send('k', { n: 3n === 3n });
    lines.send(null, undefined);
    expect(seen).toEqual([['k', 1], ['k', 2], '[label]: k, {"n":true}', '[label]: null, undefined']);
    expect([look.sent(), end.sent()]).toEqual([[['k', 1, 0]], []]);
  });

  it('passes the same record context on', async () => {
    const { task } = await operate(passThrough());
    const processor = passThrough<string, number>()();
    processor.init?.(task.context);
    const record = at(9);
    processor.process('k', 1, record);
    expect(task.forwarded[0]?.record).toBe(record);
  });

  it('sends to the first branch that fits, else to the default one, else nowhere', async () => {
    const tests = [
      { child: 'one', predicate: (value: number) => value === 1 },
      { child: 'small', predicate: (value: number) => value < 3 },
    ];
    const open = await operate(branch<string, number>([...tests, { child: 'rest', predicate: null }]));
    const closed = await operate(branch<string, number>(tests));
    for (const value of [1, 2, 3]) {
      open.send('k', value);
      closed.send('k', value);
    }
    const children = ({ task }: typeof open) => task.forwarded.map(({ child, value }) => [child, value]);
    expect(children(open)).toEqual([
      ['one', 1],
      ['small', 2],
      ['rest', 3],
    ]);
    expect(children(closed)).toEqual([
      ['one', 1],
      ['small', 2],
    ]);
  });

  it('refuses records before init', () => {
    expect(() => passThrough()().process('k', 1, at(0))).toThrow('init');
  });
});
