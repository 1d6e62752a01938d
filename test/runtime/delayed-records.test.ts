import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/core/clock.ts';
import { DelayedRecords } from '../../src/runtime/delayed-records.ts';
import type { PartitionQueue } from '../../src/runtime/partition-queue.ts';
import type { LagPause } from '../../src/topology/topology.ts';
import { source } from './plans.ts';

interface Queue {
  ready: boolean;
  notBefore: number;
  lag: number;
}
type Made = Queue & PartitionQueue;

const never = (): number => 0;
function queueOf(name: string, pause?: LagPause, over: Partial<Queue> = {}): Made {
  const bucket = name.startsWith('bucket') ? { notBefore: never, ...(pause ? { pause } : {}) } : {};
  const queue = { node: source(name, [name], [], bucket), ready: true, notBefore: 0, lag: 1, ...over };
  return queue as Queue as Made;
}

describe('records of retry buckets', () => {
  const pause = { above: 100, resumeAt: 40 };
  let clock: ManualClock;
  let input: Made;
  let buckets: [Made, Made];
  let delayed: DelayedRecords;
  beforeEach(() => {
    clock = new ManualClock(1_000);
    input = queueOf('input');
    buckets = [
      queueOf('bucket-1', pause, { notBefore: 900 }),
      queueOf('bucket-2', pause, { notBefore: 1_500, lag: 7 }),
    ];
    delayed = new DelayedRecords([input, ...buckets], clock);
  });
  const due = (): boolean[] => buckets.map((bucket) => delayed.due(bucket));

  it('wait for their time alone while the input keeps up', () => {
    expect([due(), delayed.nextDue(), delayed.waiting, delayed.paused]).toEqual([[true, false], 900, 8, false]);
    clock.advance(500);
    expect(due()).toEqual([true, true]);
  });

  it('wait, due or not, from one lag of the input to another', () => {
    const seen: string[] = [];
    for (const lag of [0, 100, 101, 100, 41, 40, 41, 100, 101, 0]) {
      input.lag = lag;
      seen.push(`${lag}: ${delayed.due(buckets[0])} ${delayed.paused}`);
    }
    expect(seen).toEqual([
      '0: true false',
      '100: true false',
      '101: false true',
      '100: false true',
      '41: false true',
      '40: true false',
      '41: true false',
      '100: true false',
      '101: false true',
      '0: true false',
    ]);
  });

  it('wake nobody for a time that has passed while they wait for the input', () => {
    input.lag = 101;
    expect(delayed.nextDue()).toBe(1_500);
    clock.advance(600);
    expect(delayed.nextDue()).toBe(Infinity);
    input.lag = 3;
    expect(delayed.nextDue()).toBe(900);
  });

  it('do not wait for each other, and never hold the input', () => {
    buckets[1].lag = 1_000_000;
    expect(due()).toEqual([true, false]);
    input.lag = 1_000_000;
    expect([delayed.due(input), delayed.due(buckets[0])]).toEqual([true, false]);
  });

  it('count all partitions of the input, and those of one retry know nothing of another one', () => {
    const other = queueOf('input-2', undefined, { lag: 60 });
    const loose = queueOf('bucket-9', undefined, { notBefore: 1 });
    input.lag = 60;
    delayed = new DelayedRecords([input, other, ...buckets, loose], clock);
    expect([delayed.due(buckets[0]), delayed.due(loose)]).toEqual([false, true]);
  });
});
