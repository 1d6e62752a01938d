import { rm } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { field, struct } from '../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { localLake } from '../../../src/sinks/lake/local.ts';
import { faultyLake } from './faulty-lake.ts';
import { tableFolder } from './table-folder.ts';

const folder = tableFolder();
const schema = struct(field('id', 'string'), field('n', 'long'));
const later = (): void => {
  const now = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => now + 3_600_000);
};
afterEach(() => vi.restoreAllMocks());

describe('a log that was not looked at for long', () => {
  it('is listed before the next commit, and only then', async () => {
    const { lake, faults } = faultyLake(localLake(folder()));
    const table = await DeltaTable.createOrOpen('t', { schema }, { lake, checkpointInterval: 0 });
    faults.calls['list'] = 0;
    await table.append([{ id: 'a' }]);
    expect(faults.calls['list']).toBe(0);
    later();
    await table.append([{ id: 'b' }]);
    await table.append([{ id: 'c' }]);
    expect(faults.calls['list']).toBe(1);
    expect(await (await DeltaTable.open(folder('t'))).readRows()).toHaveLength(3);
  });

  it('does not take a name for free that was cleaned up', async () => {
    const idle = await DeltaTable.createOrOpen(folder('t'), { schema });
    const busy = await DeltaTable.open(folder('t'));
    for (let i = 0; i < 5; i++) await busy.append([{ id: `${i}` }]);
    await busy.checkpoint();
    for (let version = 0; version < 5; version++) {
      await rm(folder('t', '_delta_log', `${String(version).padStart(20, '0')}.json`));
    }
    later();
    expect(await idle.append([{ id: 'idle' }])).toEqual({ kind: 'written', version: 6 });
    expect(await (await DeltaTable.open(folder('t'))).readRows()).toHaveLength(6);
  });

  it('is read on before a merge is planned, so that no key is inserted twice', async () => {
    const idle = await DeltaTable.createOrOpen(folder('t'), { schema });
    await (await DeltaTable.open(folder('t'))).append([{ id: 'a', n: 1 }]);
    later();
    await idle.merge([{ id: 'a', n: 2 }], ['id']);
    expect(await idle.readRows()).toEqual([{ id: 'a', n: 2 }]);
  });

  it('that is gone is not created anew', async () => {
    const table = await DeltaTable.createOrOpen(folder('t'), { schema });
    await table.append([{ id: 'a' }]);
    await rm(folder('t', '_delta_log'), { recursive: true });
    later();
    await expect(table.append([{ id: 'b' }])).rejects.toMatchObject({ code: 'TABLE_INVALID' });
  });
});
