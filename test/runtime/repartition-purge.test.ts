import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/core/clock.ts';
import type { PartitionOffset } from '../../src/core/record.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import { RepartitionPurge, type PurgedTask } from '../../src/runtime/repartition-purge.ts';

function purgeWith(deleteRecords: (offsets: readonly PartitionOffset[]) => Promise<void>) {
  const clock = new ManualClock();
  const config = { repartitionPurgeIntervalMs: 1_000, clock, logger: silentLogger };
  return { clock, purge: new RepartitionPurge({ admin: { deleteRecords }, config }) };
}

function task(topic: string, internal: boolean, offset: number): PurgedTask {
  const committedOffsets = [{ topic, partition: 0, offset, metadata: 'm' }];
  return { queues: [{ topic, node: { internal } }], committedOffsets } as unknown as PurgedTask;
}

describe('RepartitionPurge', () => {
  it('deletes below the committed positions of internal topics only, at most once each interval', () => {
    const asked: (readonly PartitionOffset[])[] = [];
    const { clock, purge } = purgeWith(async (offsets) => void asked.push(offsets));
    const tasks = [task('in', false, 9), task('app-r-repartition', true, 7), task('app-s-repartition', true, 0)];
    clock.advance(999);
    purge.look(tasks);
    expect(asked).toEqual([]);
    clock.advance(1);
    purge.look(tasks);
    purge.look(tasks);
    expect(asked).toEqual([[{ topic: 'app-r-repartition', partition: 0, offset: 7, metadata: 'm' }]]);
  });

  it('asks again only for what was committed since', async () => {
    const asked: number[] = [];
    const { clock, purge } = purgeWith(async (offsets) => void asked.push(...offsets.map(({ offset }) => offset)));
    for (const offset of [7, 7, 9, 9]) {
      clock.advance(1_000);
      purge.look([task('r', true, offset)]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(asked).toEqual([7, 9]);
  });

  it('runs one request at a time and goes on after one that failed', async () => {
    let fail: (error: Error) => void = () => undefined;
    let asked = 0;
    const { clock, purge } = purgeWith(() => {
      asked++;
      return new Promise((_, reject) => (fail = reject));
    });
    const tasks = [task('r', true, 7)];
    clock.advance(1_000);
    purge.look(tasks);
    clock.advance(5_000);
    purge.look(tasks);
    expect(asked).toBe(1);
    fail(new Error('no broker'));
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1_000);
    purge.look(tasks);
    expect(asked).toBe(2);
  });
});
