import { describe, expect, it } from 'vitest';
import { Change } from '../../src/processors/change.ts';
import { streamAggregate } from '../../src/processors/stream-aggregate.ts';
import { streamWindowAggregate } from '../../src/processors/stream-window-aggregate.ts';
import { tableAggregate } from '../../src/processors/table-aggregate.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { timestampedKeyValueStore, windowStore } from '../../src/topology/stores.ts';
import { operate } from './operator.ts';

const text = { key: serdes.string, value: serdes.string };
const store = timestampedKeyValueStore({ name: 's', ...text });
const windows = windowStore({ name: 's', ...text, windowSizeMs: 10, retentionMs: 100 });
const add = (value: string, sum: string) => sum + value;
const folded = { store: 's', initializer: () => '', aggregator: add, sendOldValues: false };

describe('an aggregate of a stream', () => {
  it('drops null keys and null values and counts them', async () => {
    const one = await operate(
      streamAggregate<string | null, string | null, string>({ ...folded, aggregator: (v, s) => s + v }),
      [store],
    );
    one.send(null, 'a');
    one.send('k', null);
    expect(one.sent()).toEqual([]);
    expect(one.task.drops).toEqual(['null-key', 'null-value']);
  });

  it('has the highest time of its records', async () => {
    const one = await operate(streamAggregate<string, string, string>(folded), [store]);
    one.send('k', 'a', 5);
    one.send('k', 'b', 3);
    expect(one.sent()).toEqual([
      ['k', new Change('a', null), 5],
      ['k', new Change('ab', null), 5],
    ]);
  });

  it('sends old values where they are asked for, and the first aggregate as the first old one', async () => {
    const one = await operate(streamAggregate<string, string, string>({ ...folded, sendOldValues: true }), [store]);
    one.send('k', 'a');
    one.send('k', 'b');
    expect(one.sent()).toEqual([
      ['k', new Change('a', ''), 0],
      ['k', new Change('ab', 'a'), 0],
    ]);
  });

  it('reduces from the first value, and deletes on null', async () => {
    const reducer = (value: string, sum: string) => (value === 'x' ? null : sum + value);
    const one = await operate(
      streamAggregate<string, string, string>({ ...folded, initializer: null, aggregator: reducer }),
      [store],
    );
    for (const value of ['x', 'b', 'x', 'c']) one.send('k', value);
    expect(one.sent().map(([, change]) => (change as Change<string>).newValue)).toEqual(['x', 'xb', null, 'c']);
  });
});

describe('an aggregate of windows', () => {
  const hops = { ...folded, sizeMs: 10, advanceMs: 5, graceMs: 0, emit: 'onWindowUpdate' } as const;

  it('updates each window that the record is in, oldest first', async () => {
    const one = await operate(streamWindowAggregate<string, string, string>(hops), [windows]);
    one.send('k', 'a', 7);
    one.send('k', 'b', 2);
    expect(one.sent().map(([key, change]) => [key, (change as Change<string>).newValue])).toEqual([
      [{ key: 'k', window: { start: 0, end: 10 } }, 'a'],
      [{ key: 'k', window: { start: 5, end: 15 } }, 'a'],
      [{ key: 'k', window: { start: 0, end: 10 } }, 'ab'],
    ]);
  });

  it('is late for each window by itself', async () => {
    const one = await operate(streamWindowAggregate<string, string, string>(hops), [windows]);
    one.send('other', 'now', 12);
    one.sent();
    one.send('k', 'late', 7);
    expect(one.sent().map(([key]) => key)).toEqual([{ key: 'k', window: { start: 5, end: 15 } }]);
    expect(one.task.drops).toEqual(['late']);
  });

  it('drops null keys but not null values', async () => {
    const one = await operate(
      streamWindowAggregate<string | null, string | null, string>({
        ...hops,
        advanceMs: 10,
        aggregator: (v, s) => `${s}${v}`,
      }),
      [windows],
    );
    one.send(null, 'a', 1);
    one.send('k', null, 1);
    expect(one.sent().map(([, change]) => (change as Change<string>).newValue)).toEqual(['null']);
    expect(one.task.drops).toEqual(['null-key']);
  });
});

describe('an aggregate of a table', () => {
  const subtract = (value: string, sum: string) => (sum === value ? null : `${sum}-${value}`);
  const options = { store: 's', initializer: () => '', adder: add, subtractor: subtract, sendOldValues: false };

  it('subtracts before it adds, and only where there is an aggregate', async () => {
    const one = await operate(tableAggregate<string, string, string>(options), [store]);
    one.send('g', new Change<string>(null, 'never there'), 1);
    one.send('g', new Change('a', null), 2);
    one.send('g', new Change('b', 'z'), 1);
    expect(one.sent()).toEqual([
      ['g', new Change(null, null), 1],
      ['g', new Change('a', null), 2],
      ['g', new Change('a-zb', null), 2],
    ]);
  });

  it('begins anew after the last row was taken out', async () => {
    const one = await operate(tableAggregate<string, string, string>(options), [store]);
    one.send('g', new Change('a', null));
    one.send('g', new Change<string>(null, 'a'));
    one.send('g', new Change('c', null));
    expect(one.sent().map(([, change]) => (change as Change<string>).newValue)).toEqual(['a', null, 'c']);
  });
});
