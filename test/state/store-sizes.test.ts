import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serdes } from '../../src/serdes/serdes.ts';
import { createMemoryBacking } from '../../src/state/memory-backing.ts';
import { openTaskState } from '../../src/state/open-task-state.ts';
import { StoreSizes } from '../../src/state/store-sizes.ts';
import type { KeyValueStore } from '../../src/state/store.ts';
import { storeSpec } from '../../src/testing/contracts/stores.ts';

it('tells what each store has in files, and what of it is not committed', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sizes-'));
  const spec = storeSpec({ kind: 'keyValue', key: serdes.string, value: serdes.string });
  const open = () =>
    openTaskState({
      taskId: '0_0',
      dir,
      specs: [spec, { ...spec, name: 'empty' }, { ...spec, name: 'passing', persistent: false }],
      cacheMaxBytes: 0,
      changelog: null,
      identity: { clusterId: 'c', changelogIds: {} },
    });
  let state = await open();
  try {
    let store = state.store<KeyValueStore<string, string>>('store');
    const text = (): string => randomBytes(500).toString('hex');
    for (let i = 0; i < 2_000; i++) store.put(`k${i}`, text());
    state.flush();
    await state.commit(new Map());
    // A start puts what was written last into files.
    await state.close();
    state = await open();
    store = state.store('store');
    const sizeOf = (name: string) => state.sizes.find((size) => size.store === name);
    await expect.poll(() => sizeOf('store')?.diskBytes, { timeout: 5_000 }).toBeGreaterThan(500_000);
    expect(sizeOf('empty')).toEqual({ store: 'empty', diskBytes: 0, uncommittedBytes: 0 });
    expect(sizeOf('passing')?.diskBytes).toBeNull();
    expect(sizeOf('store')?.uncommittedBytes).toBe(0);
    for (let i = 0; i < 100; i++) store.put(`k${i}`, text());
    expect(sizeOf('store')?.uncommittedBytes).toBeGreaterThan(100_000);
    expect(sizeOf('store')?.uncommittedBytes).toBe(state.uncommittedBytes);
  } finally {
    await state.close();
    await rm(dir, { recursive: true, force: true });
  }
});

it('asks the database seldom, answers what it said last, and asks no more once closed', async () => {
  let [asked, now, bytes] = [0, 0, 100];
  const backing = {
    ...createMemoryBacking(),
    sizeOf: async () => {
      asked++;
      if (bytes < 0) throw new Error('closed');
      return bytes;
    },
  };
  const core = { writes: { bytes: 3 }, cache: { dirtyBytes: 4 } };
  const sizes = new StoreSizes(new Map([['s', { number: 1, backing, core }]]), () => now);
  const diskBytes = (): number | null | undefined => sizes.all[0]?.diskBytes;
  expect(sizes.all).toEqual([{ store: 's', diskBytes: null, uncommittedBytes: 7 }]);
  await expect.poll(diskBytes).toBe(100);
  bytes = 200;
  now = 9_999;
  expect([diskBytes(), asked]).toEqual([100, 1]);
  now = 10_000;
  await expect.poll(diskBytes).toBe(200);
  expect(asked).toBe(2);
  // What cannot be asked now keeps its last answer.
  bytes = -1;
  now = 20_000;
  expect(diskBytes()).toBe(200);
  await expect.poll(() => asked).toBe(3);
  expect(diskBytes()).toBe(200);
  now = 30_000;
  await sizes.close();
  expect([diskBytes(), asked]).toEqual([200, 3]);
});
