import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { delta } from '../../../src/sinks/delta/delta.ts';
import { deleted, type DeltaOptions } from '../../../src/sinks/delta/options.ts';
import { field, struct } from '../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { localLake } from '../../../src/sinks/lake/local.ts';
import type { SinkConnector } from '../../../src/sinks/sink.ts';
import { type Faults, faultyLake } from './faulty-lake.ts';
import { consumed, contextFor, recordAt, type Rejected, run } from './sink-harness.ts';
import { tableFolder } from './table-folder.ts';

interface Event {
  readonly id: string;
  readonly n?: number | string;
}

const folder = tableFolder();
const schema = struct(field('id', 'string', { nullable: false }), field('n', 'long'));
const events = (count: number): Event[] => Array.from({ length: count }, (_, n) => ({ id: `e${n}`, n }));
const sink = (options: Partial<DeltaOptions<string, Event | null>> = {}): SinkConnector<string, Event | null> =>
  delta(options.lake ? 't' : folder('t'), { schema, mode: 'append', ...options });
const faulty = (): { connector: SinkConnector<string, Event | null>; faults: Faults } => {
  const { lake, faults } = faultyLake(localLake(folder()));
  return { connector: sink({ lake }), faults };
};
const numbers = async (): Promise<unknown[]> =>
  (await (await DeltaTable.open(folder('t'))).readRows()).map(({ n }) => n).sort((a, b) => Number(a) - Number(b));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('a sink of one table', () => {
  it('writes each record once, and knows where to read on', async () => {
    const writer = await run(sink(), events(25), { every: 10 });
    expect(await writer.positions()).toEqual(consumed(25));
    const table = await DeltaTable.open(folder('t'));
    expect([await numbers(), table.txnVersion('app-sink-events-0')]).toEqual([upTo(25), 24]);
    await writer.close();
  });

  it('has no position before its first write', async () => {
    const writer = await sink().open(contextFor());
    expect(await writer.positions()).toEqual([]);
    await writer.flush(consumed(10));
    expect(await writer.positions()).toEqual([]);
  });

  it('drops what it has already when records come again', async () => {
    await run(sink(), events(10), { every: 5 });
    const writer = await sink().open(contextFor());
    for (const [offset, event] of events(15).entries()) writer.write('', event, recordAt(offset));
    await writer.flush(consumed(15));
    expect(await numbers()).toEqual(upTo(15));
  });

  it('keeps one position for each source partition of a task', async () => {
    const connector = sink();
    const writer = await connector.open(contextFor([], [0, 3]));
    writer.write('', { id: 'a', n: 1 }, recordAt(7, 0));
    writer.write('', { id: 'b', n: 2 }, recordAt(41, 3));
    await writer.flush([...consumed(9, 0), ...consumed(42, 3)]);
    expect(await writer.positions()).toEqual([...consumed(9, 0), ...consumed(42, 3)]);
    const table = await DeltaTable.open(folder('t'));
    expect([table.version, table.txnVersion('app-sink-events-0'), table.txnVersion('app-sink-events-3')]).toEqual([
      1, 8, 41,
    ]);
  });

  it('lets many tasks write at once without one conflict', async () => {
    const { connector, faults } = faulty();
    const writers = await Promise.all(
      [0, 1, 2, 3].map((partition) => run(connector, events(40), { every: 10, partition })),
    );
    await Promise.all(writers.map((writer) => writer.close()));
    // 1 to create the table, 16 flushes: none was tried twice.
    expect(faults.calls['putIfAbsent']).toBe(17);
    expect(await numbers()).toEqual(upTo(40).flatMap((n) => [n, n, n, n]));
  });

  it('writes nothing twice when the answer of a commit was lost', async () => {
    const { connector, faults } = faulty();
    const writer = await connector.open(contextFor());
    for (const [offset, event] of events(10).entries()) writer.write('', event, recordAt(offset));
    faults.putIfAbsent.push('lost');
    await expect(writer.flush(consumed(10))).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE', retriable: true });
    for (const offset of [10, 11]) writer.write('', { id: 'x', n: offset }, recordAt(offset));
    await writer.flush(consumed(12));
    expect(await numbers()).toEqual(upTo(12));
    expect(await writer.positions()).toEqual(consumed(12));
  });

  it('has written when the store says that its own name was taken', async () => {
    const { connector, faults } = faulty();
    const writer = await connector.open(contextFor());
    writer.write('', { id: 'a', n: 0 }, recordAt(0));
    faults.putIfAbsent.push('denied');
    await writer.flush(consumed(1));
    expect([await numbers(), writer.bufferedBytes]).toEqual([[0], 0]);
  });

  it('loses nothing when a flush fails before anything was written', async () => {
    const { connector, faults } = faulty();
    const writer = await connector.open(contextFor());
    for (const [offset, event] of events(10).entries()) writer.write('', event, recordAt(offset));
    faults.putIfAbsent.push('refused');
    await expect(writer.flush(consumed(10))).rejects.toMatchObject({ retriable: true });
    expect(writer.bufferedBytes).toBeGreaterThan(0);
    faults.write.push('refused');
    await expect(writer.flush(consumed(10))).rejects.toMatchObject({ retriable: true });
    await writer.flush(consumed(10));
    expect(await numbers()).toEqual(upTo(10));
  });

  it('is exact whatever fails and however often the task starts again', async () => {
    const { connector, faults } = faulty();
    const all = events(60);
    for (let start = 0; start < 12; start++) {
      const fault = (['lost', 'refused', 'denied'] as const)[start % 3];
      faults.putIfAbsent.push(...(start === 0 ? [] : [fault ?? 'lost']));
      // The task dies at its first failed flush; the next one reads from the position on.
      await run(connector, all.slice(0, 5 * (start + 1)), { every: 5 }).catch(() => undefined);
    }
    faults.putIfAbsent.length = 0;
    await run(connector, all, { every: 5 });
    expect(await numbers()).toEqual(upTo(60));
  });

  it('is fenced when another took over, and its rows are not written', async () => {
    const connector = sink();
    const old = await connector.open(contextFor());
    old.write('', { id: 'old', n: 0 }, recordAt(0));
    // In another process: a connector of its own.
    await run(sink(), [{ id: 'new', n: 0 }], { every: 1 });
    await expect(old.flush(consumed(1))).rejects.toMatchObject({ code: 'FENCED', retriable: false });
    expect((await (await DeltaTable.open(folder('t'))).readRows()).map(({ id }) => id)).toEqual(['new']);
  });

  it('rejects rows that do not fit, with the reason, and writes the rest', async () => {
    const rejected: Rejected[] = [];
    const writer = await sink().open(contextFor(rejected));
    writer.write('', { id: 'a', n: 0 }, recordAt(0));
    writer.write('', { id: 'b', n: 'many' }, recordAt(1));
    writer.write('', {} as Event, recordAt(2));
    writer.write('', { id: 'c', n: 3 }, recordAt(3));
    await writer.flush(consumed(4));
    expect(rejected).toEqual([
      ['column n (long) cannot hold string', 1],
      ['column id (string, not null) cannot hold undefined', 2],
    ]);
    expect([await numbers(), await writer.positions()]).toEqual([[0, 3], consumed(4)]);
  });

  it('rejects a record whose row function throws', async () => {
    const rejected: Rejected[] = [];
    const row = (): never => {
      throw new Error('no such project');
    };
    const writer = await sink({ row }).open(contextFor(rejected));
    writer.write('', { id: 'a' }, recordAt(0));
    expect(rejected).toEqual([['no such project', 0]]);
  });

  it('is due by rows, by bytes, and by age', async () => {
    const writer = await sink({ flushRows: 3, flushIntervalMs: 1000, flushBytes: 100_000 }).open(contextFor());
    expect(writer.due(0)).toBe(false);
    writer.write('', { id: 'a', n: 0 }, recordAt(0));
    expect([writer.due(5000), writer.due(5999), writer.due(6000)]).toEqual([false, false, true]);
    await writer.flush(consumed(1));
    expect([writer.due(7000), writer.bufferedBytes]).toEqual([false, 0]);
    for (const offset of [1, 2, 3]) writer.write('', { id: 'a', n: 0 }, recordAt(offset));
    expect(writer.due(7000)).toBe(true);
    await writer.flush(consumed(4));
    writer.write('', { id: 'x'.repeat(100_000) }, recordAt(4));
    expect([writer.due(8000), writer.bufferedBytes >= 200_000]).toEqual([true, true]);
  });

  it('waits longer after a flush that took long, so that flushes take a tenth of its time, unless much waits', async () => {
    const { lake, faults } = faultyLake(localLake(folder()));
    const writer = await sink({ lake, flushIntervalMs: 1000, flushRows: 3 }).open(contextFor());
    faults.before.push(() => setTimeout(400));
    writer.write('', { id: 'a', n: 0 }, recordAt(0));
    await writer.flush(consumed(1));
    writer.write('', { id: 'b', n: 1 }, recordAt(1));
    expect([writer.due(0), writer.due(3_900), writer.due(15_000)]).toEqual([false, false, true]);
    for (const offset of [2, 3]) writer.write('', { id: 'c', n: offset }, recordAt(offset));
    expect(writer.due(100)).toBe(true);
  });

  it('marks nothing but what a filter let through when records make no rows', async () => {
    const row = (value: Event | null): Event | null => (Number(value?.n) % 2 === 0 ? value : null);
    const writer = await run(sink({ row: row as never }), events(9), { every: 4 });
    expect([await numbers(), await writer.positions()]).toEqual([[0, 2, 4, 6, 8], consumed(9)]);
  });
});

describe('a merging sink', () => {
  const merging = (options: Partial<DeltaOptions<string, Event | null>> = {}): SinkConnector<string, Event | null> =>
    sink({ mode: 'merge', mergeKeys: ['id'], ...options });

  it('keeps the newest row of each key, and deletes by null', async () => {
    const writer = await merging().open(contextFor());
    const values: [string, Event | null][] = [
      ['a', { id: 'a', n: 1 }],
      ['b', { id: 'b', n: 2 }],
      ['a', { id: 'a', n: 3 }],
      ['b', null],
      ['c', { id: 'c', n: 4 }],
    ];
    for (const [offset, [key, value]] of values.entries()) {
      writer.write(key, value, recordAt(offset));
      if (offset % 2 === 1) await writer.flush(consumed(offset + 1));
    }
    await writer.flush(consumed(5));
    expect(await numbers()).toEqual([3, 4]);
  });

  it('deletes what its row function says', async () => {
    const row = (value: Event | null): Event | ReturnType<typeof deleted> | null =>
      value?.n === -1 ? deleted({ id: value.id }) : value;
    const writer = await merging({ row: row as never }).open(contextFor());
    for (const [offset, n] of [1, 2, -1].entries()) writer.write('', { id: n === 2 ? 'b' : 'a', n }, recordAt(offset));
    await writer.flush(consumed(3));
    expect(await numbers()).toEqual([2]);
  });

  it('rejects a deletion that does not name the key', async () => {
    const rejected: Rejected[] = [];
    const writer = await merging({ row: () => deleted({ n: 1 }) }).open(contextFor(rejected));
    writer.write('', null, recordAt(0));
    expect(rejected).toEqual([['there is no column n', 0]]);
  });

  it('is exact through a lost answer and tasks that write at once', async () => {
    const { lake, faults } = faultyLake(localLake(folder()));
    const connector = merging({ lake });
    faults.putIfAbsent.push('denied');
    const writers = await Promise.all(
      [0, 1, 2].map((partition) => run(connector, events(30), { every: 10, partition })),
    );
    expect(await numbers()).toEqual(upTo(30));
    await Promise.all(writers.map((writer) => writer.close()));
  });

  it('is refused without keys, or with a key that is no column', () => {
    expect(() => sink({ mode: 'merge' })).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => merging({ mergeKeys: ['nothing'] })).toThrow('merge key nothing');
  });
});
