import { describe, expect, it } from 'vitest';
import { delta } from '../../../src/sinks/delta/delta.ts';
import { field, struct } from '../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { Upkeep, type UpkeepSteps } from '../../../src/sinks/delta/upkeep.ts';
import { run } from './sink-harness.ts';
import { tableFolder } from './table-folder.ts';

describe('upkeep', () => {
  const path = tableFolder();

  it('starts what is due, one at a time, and reports what failed', async () => {
    const done: string[] = [];
    const errors: unknown[] = [];
    const steps: UpkeepSteps = {
      optimize: async ({ minFiles }) => {
        done.push(`optimize ${minFiles}`);
        throw new Error('no');
      },
      vacuum: async () => done.push('vacuum'),
    };
    const onError = (error: unknown): unknown => errors.push(error);
    const upkeep = new Upkeep(
      steps,
      { optimizeInterval: 10, vacuumIntervalMs: 100 },
      { version: 5, nowMs: 0, onError },
    );
    upkeep.committed(14, 99);
    expect(done).toEqual([]);
    upkeep.committed(15, 100);
    upkeep.committed(30, 200);
    await upkeep.settled();
    expect(done).toEqual(['optimize 10']);
    expect(errors).toHaveLength(1);
    upkeep.committed(24, 200);
    await upkeep.settled();
    expect(done).toEqual(['optimize 10', 'vacuum']);
  });

  it('keeps the number of files of a sink’s table bounded, each row once', async () => {
    const schema = struct(field('n', 'long'));
    const connector = delta<string, { n: number }>(path('t'), {
      schema,
      mode: 'append',
      optimize: { optimizeInterval: 10, optimizeFiles: 5 },
    });
    const values = Array.from({ length: 120 }, (_, n) => ({ n }));
    const writer = await run(connector, values, { every: 2 });
    await writer.close();
    const table = await DeltaTable.open(path('t'));
    expect(table.fileCount).toBeLessThan(30);
    expect((await table.readRows()).map(({ n }) => Number(n)).sort((a, b) => a - b)).toEqual(values.map(({ n }) => n));
  });
});
