import { expect, it } from 'vitest';
import { TopologyTestDriver } from '../../src/testing/topology-test-driver.ts';
import { StreamsBuilder } from '../../src/topology/builder.ts';
import { joinWindow } from '../../src/topology/join-windows.ts';
import { driven, type Piped, text } from './driven.ts';
import { type Running, running } from './driver.ts';

const pair = (left: string | null, right: string | null): string => `${left ?? 'null'}+${right ?? 'null'}`;

type Kind = 'join' | 'leftJoin' | 'outerJoin';
const kinds = ['join', 'leftJoin', 'outerJoin'] as const;

/** `in` joined with `other`. */
function joined(
  kind: Kind,
  window: { beforeMs: number; afterMs?: number; graceMs?: number },
  emitIntervalMs = 0,
): Promise<Running> {
  return running((input, builder) => {
    const other = builder.stream('other', text);
    const windows = joinWindow(window);
    if (kind === 'join') return input.join(other, pair, windows);
    return kind === 'leftJoin' ? input.leftJoin(other, pair, windows) : input.outerJoin(other, pair, windows);
  }, emitIntervalMs);
}

it('rule 3: a null value is dropped by every join of streams; a null key meets null at once on an outer side, and is dropped elsewhere', async () => {
  const results: Record<Kind, string[]> = { join: [], leftJoin: [], outerJoin: [] };
  for (const kind of kinds) {
    const { send } = await joined(kind, { beforeMs: 10 });
    results[kind].push(
      send(null, 'l', 1),
      send(null, 'r', 2, 'other'),
      send('k', null, 3),
      send('k', null, 4, 'other'),
    );
    // What was dropped is not waiting either.
    results[kind].push(send('other', 'x', 500));
  }
  expect(results).toEqual({
    join: ['', '', '', '', ''],
    leftJoin: ['null=l+null@1', '', '', '', ''],
    outerJoin: ['null=l+null@1', 'null=null+r@2', '', '', ''],
  });
});

it('rule 12: a joined record has the higher time of the two; a record without a partner keeps its own', async () => {
  const { send } = await joined('leftJoin', { beforeMs: 10 });
  send('a', 'l', 20);
  expect(send('a', 'r', 12, 'other')).toBe('a=l+r@20');
  expect(send('b', 'l', 20)).toBe('');
  expect(send('c', 'l', 31)).toBe('b=l+null@20');
});

it('rule 20: a join of streams has one store for each side, kept for the window and the grace, and keeps duplicates', async () => {
  const builder = new StreamsBuilder();
  const windows = joinWindow({ beforeMs: 10, afterMs: 4, graceMs: 3 });
  builder.stream('in', text).join(builder.stream('other', text), pair, windows).to('out', text);
  const stores = [...builder.build().plan.stores.values()];
  expect(stores.map(({ retentionMs, retainDuplicates }) => [retentionMs, retainDuplicates])).toEqual([
    [17, true],
    [17, true],
  ]);
  const { send } = await joined('join', { beforeMs: 10, afterMs: 4, graceMs: 3 });
  send('a', 'one', 20, 'other');
  send('a', 'two', 20, 'other');
  expect(send('a', 'x', 24)).toBe('a=x+one@24 a=x+two@24');
  expect(send('a', 'x', 24)).toBe('a=x+one@24 a=x+two@24');
  expect(send('a', 'three', 12, 'other')).toBe('');
  expect(send('a', 'four', 14, 'other')).toBe('a=x+four@24 a=x+four@24');
});

it('rule 21: what found no partner leaves once its window and the grace are over by stream time, by time, right side first', async () => {
  const { send } = await joined('outerJoin', { beforeMs: 5, graceMs: 2 });
  expect(send('b', 'l', 10)).toBe('');
  expect(send('a', 'r', 10, 'other')).toBe('');
  expect(send('c', 'l', 9)).toBe('');
  expect(send('x', 'l', 17)).toBe('c=l+null@9');
  expect(send('x', 'l', 18)).toBe('a=null+r@10 b=l+null@10');
});

it('rule 21: a record that finds its partner takes it from those that wait, and no result without a partner is ever early', async () => {
  const { send } = await joined('outerJoin', { beforeMs: 5, graceMs: 5 });
  expect(send('a', 'l', 10)).toBe('');
  expect(send('a', 'r', 15, 'other')).toBe('a=l+r@15');
  expect(send('x', 'l', 100)).toBe('');
});

it('rule 21: a record whose partners would all be older than stream time has no need to wait', async () => {
  const { send } = await joined('leftJoin', { beforeMs: 5, graceMs: 50 });
  send('x', 'l', 100);
  expect(send('a', 'l', 94)).toBe('a=l+null@94');
  expect(send('a', 'l', 95)).toBe('');
});

it('rule 21: what can find no partner is looked for once per second of wall clock time', async () => {
  const { send, advanceWallClock } = await joined('leftJoin', { beforeMs: 5 }, 1_000);
  send('a', 'l', 10);
  expect(send('b', 'l', 20)).toBe('a=l+null@10');
  expect(send('c', 'l', 40)).toBe('');
  advanceWallClock(1_000);
  expect(send('d', 'l', 41)).toBe('b=l+null@20');
});

it('rule 22: a stream joined with itself by one store has the same pairs in the same order as by two', async () => {
  const records: readonly Piped[] = [
    ['in', 'a', 'x', 10],
    ['in', 'a', 'y', 14],
    ['in', 'a', 'z', 12],
    ['in', 'b', 'w', 12],
    ['in', 'a', 'x', 10],
    ['in', 'a', null, 11],
  ];
  const declare = (builder: StreamsBuilder): void => {
    const stream = builder.stream('in', text);
    stream.join(stream, pair, joinWindow({ beforeMs: 3, afterMs: 1 })).to('out', text);
  };
  const byTwo = await driven(declare, records);
  const builder = new StreamsBuilder();
  declare(builder);
  const topology = builder.build({ optimization: ['single.store.self.join'] });
  expect(topology.plan.stores.size).toBe(1);
  const driver = await TopologyTestDriver.create(topology);
  for (const [topic, key, value, timestamp] of records) {
    driver.createInputTopic(topic, text).pipe(key, value, { timestamp });
  }
  const byOne = driver.createOutputTopic('out', text).readAll();
  expect(byOne.map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`)).toEqual(byTwo);
  expect(byTwo.slice(0, 2)).toEqual(['a=x+x@10', 'a=y+y@14']);
  await driver.close();
});
