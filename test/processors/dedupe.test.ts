import { afterEach, beforeEach, expect, it } from 'vitest';
import { dedupeProcessor } from '../../src/processors/dedupe.ts';
import { dedupeStore } from '../../src/processors/dedupe-store.ts';
import type { DedupeOptions } from '../../src/processors/options.ts';
import type { Processor } from '../../src/processors/processor.ts';
import type { KeyValueStore } from '../../src/state/store.ts';
import { openStateHarness, recordAt, type StateHarness } from '../../src/testing/contracts/stores.ts';
import { FakeTask } from './fake-context.ts';

interface Event {
  readonly id: string | null;
}

let harness: StateHarness;
let task: FakeTask;
let processor: Processor<string | null, Event | null>;
beforeEach(async () => {
  harness = await openStateHarness({ specs: [dedupeStore('ids')], onDisk: true, cacheMaxBytes: 10_000 });
});
afterEach(() => harness.close());

function start(options: DedupeOptions<string | null, Event | null>, nowMs = 1_000): void {
  task = new FakeTask(harness.state, nowMs);
  processor = dedupeProcessor(options, 'ids')();
  processor.init?.(task.context);
}

let offset = 0;
const send = (key: string | null, timestamp: number, value: Event | null = { id: key }, at = offset++): void => {
  task.streamTime = Math.max(task.streamTime, timestamp);
  processor.process(key, value, recordAt(timestamp, at));
};
const passed = (): number[] => task.forwarded.map(({ record }) => record.timestamp);
const ids = (): string[] => [...harness.state.store<KeyValueStore<string, unknown>>('ids').all()].map(([id]) => id);

it('lets the first of an id through and drops the others within the time', () => {
  start({ withinMs: 100 });
  send('a', 1_000);
  send('a', 1_050);
  send('b', 1_060);
  send('a', 1_099);
  send('a', 1_100);
  expect(passed()).toEqual([1_000, 1_060, 1_100]);
  expect(task.drops).toEqual(['duplicate', 'duplicate']);
});

it('goes by event time for records that come late, too', () => {
  start({ withinMs: 100 });
  send('a', 1_000);
  send('a', 950);
  send('a', 900);
  send('a', 1_090);
  expect(passed()).toEqual([1_000, 900]);
});

it('takes the id from the value where asked, and lets through what has none', () => {
  start({ id: (value) => value?.id as string });
  send('k1', 1, { id: 'x' });
  send('k2', 2, { id: 'x' });
  send('k3', 3, { id: null });
  send('k4', 4, { id: null });
  send('k5', 5, null);
  expect(passed()).toEqual([1, 3, 4, 5]);
});

it('lets records without a key through when the key is the id', () => {
  start({});
  send(null, 1);
  send(null, 2);
  expect(passed()).toEqual([1, 2]);
});

it('remembers over a crash what was committed', async () => {
  start({ withinMs: 100 });
  send('a', 1_000);
  await task.commit();
  send('b', 1_000);
  await harness.crash();
  start({ withinMs: 100 });
  send('a', 1_001);
  send('b', 1_002);
  expect(passed()).toEqual([1_002]);
});

it('lets the records that had passed pass again when they are read again after a crash, duplicates still not', async () => {
  const records = [
    ['a', 1_000, 5],
    ['b', 1_001, 6],
    ['a', 1_002, 7],
    ['c', 900, 8],
    ['c', 700, 9],
  ] as const;
  const play = (): void => records.forEach(([key, timestamp, at]) => send(key, timestamp, { id: key }, at));
  start({ withinMs: 100 }, 1_000);
  play();
  expect(passed()).toEqual([1_000, 1_001, 900, 700]);
  // The store is ahead of the committed positions: its changelog was restored up to its end.
  await task.commit();
  await harness.crash();
  start({ withinMs: 100 }, 2_000);
  play();
  expect(passed()).toEqual([1_000, 1_001, 900, 700]);
  play();
  expect(passed()).toEqual([1_000, 1_001, 900, 700, 700]);
});

it('two records of one input record with the same id are duplicates', () => {
  start({ withinMs: 100 });
  send('a', 1_000, { id: 'a' }, 5);
  send('a', 1_000, { id: 'a' }, 5);
  expect(passed()).toEqual([1_000]);
});

it('forgets expired ids bit by bit, in the changelog too', async () => {
  start({ withinMs: 1_000 });
  for (let i = 0; i < 2_000; i++) send(`old-${i}`, 1_000);
  await task.commit();
  expect(ids()).toHaveLength(2_000);
  for (let i = 0; i < 1_024; i++) send(`new-${i}`, 2_500);
  expect(ids().filter((id) => id.startsWith('old'))).toEqual([]);
  expect(ids()).toHaveLength(1_024);
  expect(harness.log.filter(({ value }) => value === null)).toHaveLength(2_000);
});
