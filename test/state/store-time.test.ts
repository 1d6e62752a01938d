import { describe, expect, it } from 'vitest';
import { serdes } from '../../src/serdes/serdes.ts';
import { StoreTime } from '../../src/state/store-time.ts';
import type { TimestampedWindowStore } from '../../src/state/store.ts';
import { openStateHarness, recordAt, storeSpec } from '../../src/testing/contracts/stores.ts';

describe('StoreTime', () => {
  it('keeps what is within the retention, or the whole segment of a minute at least', () => {
    const exact = new StoreTime({ retentionMs: 100, writeBack: false, segments: false });
    expect(exact.takes(60_090)).toBe(true);
    expect([exact.oldestLive, exact.oldestKept, exact.oldestFound]).toEqual([59_991, 59_991, 59_991]);
    expect(exact.takes(59_990)).toBe(false);

    const kept = new StoreTime({ retentionMs: 100, writeBack: false, segments: true });
    expect(kept.takes(60_100)).toBe(true);
    expect([kept.oldestLive, kept.oldestKept, kept.oldestFound]).toEqual([60_001, 60_000, 60_001]);
    expect(new StoreTime({ retentionMs: 400_000, writeBack: false, segments: true }).keptAt(1_000_000)).toBe(600_000);
  });

  it('with write-back finds all that is kept; the store below shows what is within the retention of what it was given', () => {
    const time = new StoreTime({ retentionMs: 100, writeBack: true, segments: true });
    expect(time.takes(500)).toBe(true);
    expect(time.oldestFound).toBe(0);
    expect(time.showsBelow(10)).toBe(true);
    time.flushed(500);
    expect([time.showsBelow(400), time.showsBelow(401)]).toEqual([false, true]);
    time.resetTo(-1);
    expect([time.latest, time.showsBelow(10)]).toEqual([-1, true]);
  });
});

it('a listener hears no old value of a window that the store below the cache has forgotten, nor of its deletion', async () => {
  const harness = await openStateHarness({
    specs: [
      storeSpec({
        kind: 'timestampedWindow',
        key: serdes.string,
        value: serdes.int64,
        windowSizeMs: 10,
        retentionMs: 100,
      }),
    ],
    onDisk: false,
    cacheMaxBytes: 1_000_000,
  });
  const store = harness.state.store<TimestampedWindowStore<string, number>>('store');
  const heard: string[] = [];
  store.onFlush(({ window }, now, before) => heard.push(`${window.start}: ${before} to ${now}`), true);
  const write = (start: number, value: number | null): void => {
    store.put('a', value, start, recordAt(start));
    harness.state.flush();
  };
  write(10, 1);
  write(20, 2);
  write(10, 3);
  write(115, 4);
  write(10, 5);
  write(10, null);
  write(20, null);
  expect(heard).toEqual([
    '10: null to 1',
    '20: null to 2',
    '10: 1 to 3',
    '115: null to 4',
    '10: null to 5',
    '20: 2 to null',
  ]);
  await harness.close();
});
