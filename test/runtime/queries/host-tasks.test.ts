import { describe, expect, it } from 'vitest';
import { hostTasks, packTasks, unpackTasks } from '../../../src/runtime/queries/host-tasks.ts';

describe('who has which tasks', () => {
  it('puts the threads of an instance together, and leaves out who cannot be asked', () => {
    expect(
      hostTasks([
        { host: 'a:1', active: ['0_0'], standby: ['0_2'] },
        { host: '', active: ['0_1'], standby: [] },
        { host: 'a:1', active: ['0_3'], standby: [] },
        { host: 'b:1', active: [], standby: [] },
      ]),
    ).toEqual([
      { host: 'a:1', active: ['0_0', '0_3'], standby: ['0_2'] },
      { host: 'b:1', active: [], standby: [] },
    ]);
  });

  it('takes about four bytes for a task', () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => `${i % 4}_${Math.floor(i / 4)}`);
    const packed = packTasks(ids);
    expect(packed.length).toBeLessThan(50_000);
    expect(unpackTasks(packed).sort()).toEqual([...ids].sort());
    expect(unpackTasks(packTasks([]))).toEqual([]);
  });
});
