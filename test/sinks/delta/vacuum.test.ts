import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { field, struct } from '../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { tableFolder } from './table-folder.ts';

const schema = struct(field('id', 'string'), field('n', 'long'));
const DAY_MS = 86_400_000;

describe('vacuum', () => {
  const path = tableFolder();

  /** Gives all files of a folder an age. */
  const age = async (days: number, ...folder: string[]): Promise<void> => {
    const time = new Date(Date.now() - days * DAY_MS);
    for (const entry of await readdir(path(...folder), { withFileTypes: true })) {
      if (entry.isFile()) await utimes(path(...folder, entry.name), time, time);
    }
  };
  const dataFiles = async (): Promise<string[]> =>
    (await readdir(path('t'))).filter((name) => name.endsWith('.parquet'));

  it('takes what a writer that crashed a day ago left half-written, in partitions too', async () => {
    const table = await DeltaTable.createOrOpen(path('t'), { schema, partitionBy: ['id'] });
    await table.append([{ id: 'a', n: 1 }]);
    // The last one's partition has no file yet.
    const old = ['.part-1.parquet.tmp', 'id=a/.part-2.parquet.x.tmp', 'id=b/.part-4.parquet.tmp'];
    await mkdir(path('t', 'id=b'));
    const young = '.part-3.parquet.tmp';
    for (const name of old) await writeFile(path('t', name), 'x');
    await age(2, 't');
    await age(2, 't', 'id=a');
    await age(2, 't', 'id=b');
    await writeFile(path('t', young), 'x');
    await table.vacuum({ dryRun: true });
    const left = async (): Promise<string[]> =>
      (await readdir(path('t'), { recursive: true })).filter((name) => name.endsWith('.tmp'));
    expect((await left()).toSorted()).toEqual([...old, young].toSorted());
    await table.vacuum();
    expect(await left()).toEqual([young]);
    expect(await table.readRows()).toEqual([{ id: 'a', n: 1 }]);
  });

  it('deletes what was removed before the retention, and what no commit ever named', async () => {
    const table = await DeltaTable.createOrOpen(path('t'), { schema });
    await table.append([{ id: 'a', n: 1 }]);
    const [first] = await dataFiles();
    await table.merge([{ id: 'a', n: 2 }], ['id']);
    await writeFile(path('t', 'part-orphan.parquet'), 'x');
    await writeFile(path('t', '_hidden.parquet'), 'x');
    await age(8, 't');
    await writeFile(path('t', 'part-upload-in-progress.parquet'), 'x');
    // Not in the same millisecond as a vacuum of all that is older than now.
    const aSecondAgo = new Date(Date.now() - 1_000);
    await utimes(path('t', 'part-upload-in-progress.parquet'), aSecondAgo, aSecondAgo);
    // The tombstone is young: a reader of version 1 may be at work.
    expect(await table.vacuum({ dryRun: true })).toEqual({ files: ['part-orphan.parquet'], bytes: 1 });
    expect(await dataFiles()).toContain('part-orphan.parquet');
    const all = await table.vacuum({ retentionMs: 0, allowShortRetention: true, dryRun: true });
    expect(all.files.toSorted()).toEqual(
      [String(first), 'part-orphan.parquet', 'part-upload-in-progress.parquet'].sort(),
    );
    await table.vacuum();
    expect(await dataFiles()).not.toContain('part-orphan.parquet');
    expect(await table.readRows({ version: 1 })).toEqual([{ id: 'a', n: 1 }]);
    await table.vacuum({ retentionMs: 0, allowShortRetention: true });
    expect(await table.readRows()).toEqual([{ id: 'a', n: 2 }]);
    await expect(table.readRows({ version: 1 })).rejects.toMatchObject({ code: 'TABLE_INVALID' });
  });

  it('refuses a retention below 168 hours unless it is asked for twice', async () => {
    const table = await DeltaTable.createOrOpen(path('t'), { schema });
    await expect(table.vacuum({ retentionMs: 167 * 3_600_000 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('cleans the log up to the newest checkpoint before the retention, and nothing without one', async () => {
    const table = await DeltaTable.createOrOpen(path('t'), { schema }, { checkpointInterval: 0 });
    for (let n = 1; n <= 9; n++) await table.append([{ id: `r${n}`, n }], { txn: { appId: 'app', version: n } });
    await age(40, 't', '_delta_log');
    expect(await table.cleanLog()).toBe(0);
    const at5 = await DeltaTable.open(path('t'), { checkpointInterval: 0 });
    await at5.checkpoint();
    await at5.append([{ id: 'r10', n: 10 }]);
    await at5.append([{ id: 'r11', n: 11 }]);
    await at5.checkpoint();
    const log = (await readdir(path('t', '_delta_log'))).filter((name) => /^\d/.test(name)).sort();
    // The checkpoint of 9 is the newest that is not newer than the last commit of before the cutoff.
    expect(log.map((name) => name.replace(/^0+(?=\d)/, ''))).toEqual([
      '9.checkpoint.parquet',
      '9.json',
      '10.json',
      '11.checkpoint.parquet',
      '11.json',
    ]);
    const again = await DeltaTable.open(path('t'));
    expect(await again.readRows()).toHaveLength(11);
    expect(again.txnVersion('app')).toBe(9);
  });
});
