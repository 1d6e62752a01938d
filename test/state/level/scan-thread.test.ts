import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLevelBacking } from '../../../src/state/level/open-level-backing.ts';
import { ScanThread } from '../../../src/state/level/scan-thread.ts';

describe('ScanThread', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'scan-thread-'));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await rm(dir, { recursive: true, force: true });
  });

  it('waits on when it is woken before the answer is there, as by the late notice of an answer that it has already', async () => {
    const thread = new ScanThread();
    const backing = await openLevelBacking(join(dir, 'db'), thread);
    const batch = backing.batch();
    batch.put(Buffer.from('a'), Buffer.from('1'));
    await batch.write();
    vi.spyOn(Atomics, 'wait').mockReturnValueOnce('ok').mockReturnValueOnce('ok');
    const range = { from: Buffer.from('a'), to: Buffer.from('b'), reverse: false, suffix: null, suffixAt: 0 };
    const cursor = backing.scan(range);
    expect([cursor.next(), cursor.value.toString(), cursor.next()]).toEqual([true, '1', false]);
    await backing.close();
    await thread.stop();
  });
});
