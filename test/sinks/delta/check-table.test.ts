import { appendFile, copyFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { checkTable } from '../../../src/sinks/delta/check-table.ts';
import { field, struct } from '../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { tableFolder } from './table-folder.ts';

const schema = struct(
  field('id', 'string'),
  field('n', 'long'),
  field('at', 'timestamp'),
  field('s', struct(field('price', 'decimal(9,2)'))),
);

describe('check', () => {
  const path = tableFolder();
  const log = (name: string): string => path('t', '_delta_log', name);
  const commit = (version: number): string => log(`${String(version).padStart(20, '0')}.json`);
  const faults = async (): Promise<readonly string[]> => (await checkTable(path('t'))).faults;

  const filled = async (): Promise<DeltaTable> => {
    const table = await DeltaTable.createOrOpen(path('t'), { schema, partitionBy: ['n'] }, { checkpointInterval: 2 });
    await table.append([
      { id: 'é'.repeat(50), n: 1, at: 1_000_001n, s: { price: '1.25' } },
      { id: 'b', n: 2 },
    ]);
    await table.append([
      { id: 'c', n: 1, s: { price: '-1.25' } },
      { id: 'd', n: 1, at: 5n },
    ]);
    await table.merge([{ id: 'c', n: 2 }], ['id']);
    await table.settled();
    return table;
  };
  const edit = async (version: number, from: string | RegExp, to: string): Promise<void> => {
    const text = await readFile(commit(version), 'utf8');
    expect(text).toMatch(from);
    await writeFile(commit(version), text.replace(from, to));
  };

  it('finds nothing wrong with a table that is sound', async () => {
    await filled();
    expect(await checkTable(path('t'))).toEqual({
      faults: [],
      version: 3,
      commits: 4,
      checkpoints: 1,
      files: 4,
      rows: 4,
    });
  });

  it('finds files that are gone or have another size', async () => {
    await filled();
    const [folder] = (await readdir(path('t'))).filter((name) => name === 'n=2');
    const [name] = await readdir(path('t', String(folder)));
    await truncate(path('t', String(folder), String(name)), 10);
    expect((await faults()).join('\n')).toMatch(/has 10 bytes, and \d+ in the log/);
    await rm(path('t', String(folder), String(name)));
    expect((await faults()).join('\n')).toMatch(/is not there/);
  });

  it('finds statistics that are not true', async () => {
    const table = await DeltaTable.createOrOpen(path('t'), { schema });
    await table.append([
      { id: 'b', n: 5, s: { price: '1.25' } },
      { id: 'd', n: 7 },
    ]);
    await edit(1, String.raw`\"n\":7`, String.raw`\"n\":6`);
    expect(await faults()).toMatchObject([expect.stringMatching('column n has values above its maximum')]);
    await edit(1, String.raw`\"price\":1.25`, String.raw`\"price\":1.5`);
    await edit(1, String.raw`{\"price\":1}`, String.raw`{\"price\":2}`);
    await edit(1, String.raw`\"numRecords\":2`, String.raw`\"numRecords\":3`);
    expect((await faults()).map((fault) => fault.replace(/^[^:]*: /, ''))).toEqual([
      'has 2 rows, and 3 in the statistics',
      'column n has values above its maximum in the statistics',
      'column s.price has 1 nulls, which is not what the statistics say',
      'column s.price has values below its minimum in the statistics',
    ]);
  });

  it('finds a log that is not legal', async () => {
    await filled();
    await appendFile(commit(3), '{"txn":{"appId":"a","version":1}}\n{"txn":{"appId":"a","version":2}}\n');
    await appendFile(commit(3), '{"remove":{"path":"nowhere.parquet","dataChange":true}}\n{"add":{"path":"x"}}\n');
    const found = (await faults()).join('\n');
    expect(found).toContain('version 3: txn a is there twice');
    expect(found).toContain('version 3: removes nowhere.parquet, which is not there');
    expect(found).toContain('version 3: add x has no size');
    await copyFile(commit(3), commit(5));
    expect((await faults()).join('\n')).toContain('version 4 is missing');
  });

  it('finds a checkpoint that says something else, and a hint to none', async () => {
    await filled();
    await edit(1, '"add"', '"gone"');
    expect((await faults()).join('\n')).toMatch(/the checkpoint of version 2 has .*, which the log has not/);
    await writeFile(log('_last_checkpoint'), '{"version":1}');
    expect((await faults()).join('\n')).toContain('names version 1, which has no whole checkpoint');
    await rm(path('t'), { recursive: true });
    expect(await faults()).toEqual(['there is no Delta table']);
  });
});
