import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { serdes } from '../../src/serdes/serdes.ts';
import { openLevelBacking } from '../../src/state/level/open-level-backing.ts';
import { createOrderedReader } from '../../src/state/create-ordered-reader.ts';
import type { TimestampedWindowStore } from '../../src/state/store.ts';
import { openStateHarness, recordAt, storeSpec } from '../../src/testing/contracts/stores.ts';

it('expired windows leave the disk, however many they are, without holding the commit up', async () => {
  const spec = storeSpec({
    kind: 'timestampedWindow',
    key: serdes.string,
    value: serdes.int64,
    windowSizeMs: 10,
    retentionMs: 100,
  });
  const harness = await openStateHarness({ specs: [spec], onDisk: true, cacheMaxBytes: 1_000_000 });
  const store = harness.state.store<TimestampedWindowStore<string, number>>('store');
  const commit = async (): Promise<void> => {
    harness.state.flush();
    await harness.state.commit(new Map());
  };
  for (let i = 0; i < 12_000; i++) store.put(`key-${i}`, i, 10, recordAt(10));
  await commit();
  store.put('new', 1, 100_000, recordAt(100_000));
  await commit();
  const dir = join(harness.dir ?? '', 'db');
  await vi.waitFor(async () => {
    await commit();
    await harness.state.close();
    const reader = createOrderedReader();
    const disk = await openLevelBacking(dir, reader);
    const first = Buffer.from([0, 1]);
    const end = Buffer.from([0, 2]);
    const cursor = disk.scan({ from: first, to: end, reverse: false, suffix: null, suffixAt: 0 });
    let left = 0;
    while (cursor.next()) left++;
    await disk.close();
    await reader.stop();
    await harness.crash();
    expect(left).toBe(1);
  }, 15_000);
  await harness.close();
});
