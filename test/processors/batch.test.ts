import { afterEach, beforeEach, expect, it } from 'vitest';
import { batchProcessor } from '../../src/processors/batch.ts';
import { batchStore, type OpenBatch } from '../../src/processors/batch-store.ts';
import type { BatchItem, BatchOptions } from '../../src/processors/options.ts';
import type { Processor } from '../../src/processors/processor.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import type { KeyValueStore } from '../../src/state/store.ts';
import { openStateHarness, recordAt, type StateHarness } from '../../src/testing/contracts/stores.ts';
import { FakeTask } from './fake-context.ts';

let harness: StateHarness;
let task: FakeTask;
let processor: Processor<string | null, string | null>;
beforeEach(async () => {
  const specs = [batchStore('batches', serdes.string, serdes.string)];
  harness = await openStateHarness({ specs, onDisk: true, cacheMaxBytes: 10_000 });
});
afterEach(() => harness.close());

function start(options: BatchOptions, nowMs = 1_000): void {
  task = new FakeTask(harness.state, nowMs);
  processor = batchProcessor<string | null, string | null>(options, 'batches')();
  processor.init?.(task.context);
}

const send = (key: string, ...values: string[]): void => {
  for (const value of values) processor.process(key, value, recordAt(Number(value), Number(value)));
};
const batches = (): unknown[] =>
  task.forwarded.map(({ key, value, record }) => [
    key,
    (value as BatchItem<string>[]).map((item) => `${item.value}@${item.record.offset}`).join(' '),
    record.offset,
  ]);

it('closes a key’s batch when it is full, with the items’ records and the last one’s record', () => {
  start({ maxRecords: 3 });
  send('a', '1', '2');
  send('b', '3');
  expect(batches()).toEqual([]);
  send('a', '4', '5');
  expect(batches()).toEqual([['a', '1@1 2@2 4@4', 4]]);
});

it('closes a batch so long after its first record, by the wall clock', () => {
  start({ maxRecords: 10, maxWaitMs: 500 });
  send('a', '1');
  task.advance(300);
  send('a', '2');
  send('b', '3');
  task.advance(199);
  expect(batches()).toEqual([]);
  task.advance(1);
  expect(batches()).toEqual([['a', '1@1 2@2', 2]]);
  task.advance(300);
  expect(batches()).toHaveLength(2);
});

it('an open batch counts as unfinished work', async () => {
  start({ maxRecords: 2 });
  send('a', '1');
  expect(task.unfinished).toBe(1);
  send('a', '2');
  await task.turn();
  expect(task.unfinished).toBe(0);
});

it('drops records without key or value, and counts them', () => {
  start({});
  processor.process(null, '1', recordAt(1));
  processor.process('a', null, recordAt(1));
  expect(task.drops).toEqual(['null-key', 'null-value']);
});

it('finds the open batches of the last commit after a crash, and their opening time', async () => {
  start({ maxRecords: 10, maxWaitMs: 500 });
  send('a', '1', '2');
  task.advance(200);
  send('b', '3');
  await task.commit();
  send('a', '4');
  await harness.crash();
  start({ maxRecords: 10, maxWaitMs: 500 }, 1_400);
  expect(task.unfinished).toBe(2);
  send('a', '5');
  task.advance(100);
  expect(batches()).toEqual([['a', '1@1 2@2 5@5', 5]]);
  task.advance(200);
  expect(batches()).toHaveLength(2);
  await task.commit();
  await harness.crash();
  start({});
  expect(task.unfinished).toBe(0);
});

it('forgets the items of a closed batch only after the batch is acknowledged, also when the next one is open', async () => {
  const inStore = (): unknown =>
    harness.state
      .store<KeyValueStore<string, OpenBatch<string>>>('batches')
      .get('a')
      ?.items.map(({ value }) => value);
  start({ maxRecords: 2 });
  send('a', '1');
  await task.commit();
  send('a', '2', '3');
  task.beginCommit();
  expect(inStore()).toEqual(['1']);
  task.outputAcknowledged();
  expect(inStore()).toEqual(['3']);
  send('a', '4');
  await task.commit();
  expect(inStore()).toBeUndefined();
});

it('writes an open batch again only when it changed', async () => {
  start({});
  send('a', '1');
  await task.commit();
  await task.commit();
  expect(harness.log).toHaveLength(1);
  send('a', '2');
  await task.commit();
  expect(harness.log).toHaveLength(2);
});

it('a clock that is set back makes a batch wait once more, not as long as the clock was ahead', async () => {
  start({ maxWaitMs: 500 }, 1_000_000);
  send('a', '1');
  await task.commit();
  await harness.crash();
  start({ maxWaitMs: 500 }, 1_000);
  task.advance(600);
  expect(batches()).toHaveLength(1);
});
