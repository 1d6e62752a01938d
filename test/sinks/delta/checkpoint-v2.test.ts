import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/sinks/delta/actions.ts';
import { CHECKPOINT_COLUMNS, toRow } from '../../../src/sinks/delta/checkpoint-schema.ts';
import { checkpointOf } from '../../../src/sinks/delta/checkpoint.ts';
import { loadSnapshot } from '../../../src/sinks/delta/load-snapshot.ts';
import { printCommit, versionName } from '../../../src/sinks/delta/log.ts';
import { writeParquet } from '../../../src/sinks/delta/parquet-write.ts';
import { RowBuffer } from '../../../src/sinks/delta/row-buffer.ts';
import { field, type DeltaSchema, struct } from '../../../src/sinks/delta/schema.ts';
import { DeltaTable } from '../../../src/sinks/delta/table.ts';
import { localLake } from '../../../src/sinks/lake/local.ts';
import { tableFolder } from './table-folder.ts';

const UUID = '80a083e8-7026-4e79-81be-64bd76c43a11';

describe('a V2 checkpoint', () => {
  const path = tableFolder();
  const log = (...names: string[]): string => path('t', '_delta_log', ...names);

  const parquetOf = (schema: DeltaSchema, rows: readonly Record<string, unknown>[]): Promise<Uint8Array> => {
    const buffer = new RowBuffer(schema, { keepAbsent: false });
    for (const row of rows) buffer.add(buffer.encode(row));
    return writeParquet(schema, buffer);
  };

  it.each(['json', 'parquet'])('is read with its sidecars, and the table goes on (%s)', async (kind) => {
    const schema = struct(field('id', 'string'), field('n', 'long'));
    const table = await DeltaTable.createOrOpen(path('t'), { schema, partitionBy: ['n'] }, { checkpointInterval: 0 });
    for (let n = 0; n < 6; n++) await table.append([{ id: `r${n}`, n }], { txn: { appId: 'app', version: n } });
    await table.merge([{ id: 'r0', n: 9 }], ['id']);
    const { snapshot } = (await loadSnapshot({ lake: localLake(path('t')), path: '' })) ?? expect.fail('no table');
    const { actions, version } = checkpointOf(snapshot, Date.now());
    const files = actions.filter(({ add, remove }) => add ?? remove).map(toRow);
    const rest = actions.filter(({ add, remove }) => !add && !remove);
    const halves = [files.slice(0, 3), files.slice(3)];
    await mkdir(log('_sidecars'));
    const sidecars: Action[] = [];
    for (const [i, half] of halves.entries()) {
      await writeFile(log('_sidecars', `part ${i}.parquet`), await parquetOf(CHECKPOINT_COLUMNS, half));
      sidecars.push({ sidecar: { path: `part%20${i}.parquet` } });
    }
    const name = log(`${versionName(version)}.checkpoint.${UUID}.${kind}`);
    if (kind === 'json') await writeFile(name, printCommit([...rest, ...sidecars]));
    else
      await writeFile(
        name,
        await parquetOf(CHECKPOINT_COLUMNS, [...rest.map(toRow), ...sidecars.map(({ sidecar }) => ({ sidecar }))]),
      );
    for (const commit of await readdir(log())) if (/^\d{20}\.json$/.test(commit)) await rm(log(commit));

    const again = await DeltaTable.open(path('t'));
    const byId = (rows: readonly Record<string, unknown>[]): unknown[] =>
      rows.map(({ id, n }) => `${String(id)} ${String(n)}`).sort();
    expect([again.version, again.txnVersion('app'), byId(await again.readRows())]).toEqual([
      7,
      5,
      byId(await table.readRows()),
    ]);
    await again.append([{ id: 'on', n: 1 }]);
    await again.checkpoint();
    expect((await DeltaTable.open(path('t'))).fileCount).toBe(7);

    await rm(log('_sidecars'), { recursive: true });
    await rm(log(`${versionName(8)}.checkpoint.parquet`));
    await expect(DeltaTable.open(path('t'))).rejects.toMatchObject({ code: 'TABLE_INVALID' });
  });
});
