import { describe, expect, it, vi } from 'vitest';
import { createMemoryBacking } from '../../src/state/memory-backing.ts';
import { StoreWrites } from '../../src/state/store-writes.ts';

async function commit(writes: StoreWrites, from = ''): Promise<void> {
  writes.beginCommit();
  const batch = writes.backing.batch();
  await writes.writeTo(batch, from);
  await batch.write();
  writes.endCommit();
}

describe('StoreWrites', () => {
  it('does not ask the disk before anything was committed, and does after', async () => {
    const backing = createMemoryBacking();
    const writes = new StoreWrites(backing, 1, true);
    const get = vi.spyOn(backing, 'get');
    await writes.look();
    expect(writes.get('k')).toBeNull();
    expect(get).not.toHaveBeenCalled();
    writes.put('k', Buffer.from('v'), 5);
    await commit(writes);
    expect(writes.get('k')).toEqual({ value: Buffer.from('v'), timestamp: 5 });
    expect(get).toHaveBeenCalledTimes(1);
  });

  it('asks the disk when it has something from before, but not for what another store has', async () => {
    const backing = createMemoryBacking();
    const before = new StoreWrites(backing, 1, false);
    before.put('k', Buffer.from('v'), -1);
    await commit(before);
    const again = new StoreWrites(backing, 1, false);
    const other = new StoreWrites(backing, 2, false);
    await Promise.all([again.look(), other.look()]);
    expect([again.diskEmpty, other.diskEmpty]).toEqual([false, true]);
    expect(again.get('k')?.value).toEqual(Buffer.from('v'));
  });

  it('leaves out of a commit what has expired', async () => {
    const backing = createMemoryBacking();
    const writes = new StoreWrites(backing, 1, false);
    for (const key of ['a', 'b', 'c']) writes.put(key, Buffer.from(key), -1);
    await commit(writes, 'b');
    expect(['a', 'b', 'c'].map((key) => writes.get(key)?.value.toString())).toEqual([undefined, 'b', 'c']);
  });
});
