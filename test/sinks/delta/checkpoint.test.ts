import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/sinks/delta/actions.ts';
import { checkpointOf, readCheckpoint, writeCheckpoint } from '../../../src/sinks/delta/checkpoint.ts';
import { CHECKPOINT_SCHEMA, toRow } from '../../../src/sinks/delta/checkpoint-schema.ts';
import { loadSnapshot } from '../../../src/sinks/delta/load-snapshot.ts';
import { listLog } from '../../../src/sinks/delta/log.ts';
import { writeParquet } from '../../../src/sinks/delta/parquet-write.ts';
import { RowBuffer } from '../../../src/sinks/delta/row-buffer.ts';
import { field, printSchema, struct } from '../../../src/sinks/delta/schema.ts';
import { Snapshot } from '../../../src/sinks/delta/snapshot.ts';
import { localLake } from '../../../src/sinks/lake/local.ts';
import { tableFolder } from './table-folder.ts';

const folder = tableFolder();
const DAY_MS = 86_400_000;
const protocol = { minReaderVersion: 1, minWriterVersion: 2 };
const metaData = {
  id: 'id',
  format: { provider: 'parquet', options: {} },
  schemaString: printSchema(struct(field('a', 'string'))),
  partitionColumns: ['p'],
  configuration: { 'delta.deletedFileRetentionDuration': 'interval 2 days' },
  createdTime: 5,
};
const add = (path: string): Action => ({
  add: {
    path,
    partitionValues: { p: null, q: 'x' },
    size: 10,
    modificationTime: 1,
    dataChange: true,
    stats: '{"numRecords":1}',
  },
});
const remove = (path: string, deletionTimestamp: number): Action => ({
  remove: {
    path,
    deletionTimestamp,
    dataChange: true,
    extendedFileMetadata: true,
    partitionValues: { p: 'y' },
    size: 3,
  },
});

const table = (): { lake: ReturnType<typeof localLake>; path: string } => ({ lake: localLake(folder()), path: 't' });

describe('a checkpoint', () => {
  it('holds the state: live files, marks, and tombstones that have not expired', async () => {
    const now = 100 * DAY_MS;
    const snapshot = new Snapshot();
    snapshot.apply(7, [
      { protocol },
      { metaData },
      { txn: { appId: 'app', version: 3, lastUpdated: 9 } },
      { txn: { appId: 'app', version: 4, lastUpdated: 9 } },
      add('live'),
      add('gone'),
      remove('gone', now - DAY_MS),
      remove('long gone', now - 3 * DAY_MS),
    ]);
    await writeCheckpoint(table(), checkpointOf(snapshot, now));
    const { checkpoints } = await listLog(table(), 0);
    const actions: Action[] = [];
    for (const checkpoint of checkpoints)
      for await (const some of readCheckpoint(table(), checkpoint)) actions.push(...some);
    expect(actions).toEqual([
      { protocol },
      { metaData },
      { txn: { appId: 'app', version: 4, lastUpdated: 9 } },
      { add: { ...add('live').add, dataChange: false } },
      { remove: { ...remove('gone', now - DAY_MS).remove, dataChange: false } },
    ]);
    expect(Array.from(snapshot.tombstones.keys())).toEqual(['gone']);
  });

  it('has the features of a table that has some, and its domains', async () => {
    const features = ['timestampNtz', 'domainMetadata'];
    const newer = {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['timestampNtz'],
      writerFeatures: features,
    };
    const domainMetadata = { domain: 'unknown.domain', configuration: '{"a":1}', removed: false };
    const snapshot = new Snapshot();
    snapshot.apply(1, [{ protocol: newer }, { metaData }, { domainMetadata }]);
    await writeCheckpoint(table(), checkpointOf(snapshot, 0));
    const loaded = await loadSnapshot(table());
    expect(loaded?.snapshot.protocol).toEqual(newer);
    expect(loaded?.snapshot.domains.get('unknown.domain')).toEqual(domainMetadata);
  });

  it('of thousands of files is read back whole', async () => {
    const snapshot = new Snapshot();
    const files = Array.from({ length: 5000 }, (_, i) => add(`file-${i}`));
    snapshot.apply(1, [{ protocol }, { metaData }, ...files]);
    await writeCheckpoint(table(), checkpointOf(snapshot, 0));
    const loaded = await loadSnapshot(table());
    expect([loaded?.snapshot.files.size, loaded?.checkpointVersion]).toEqual([5000, 1]);
  });
});

describe('a checkpoint of several parts', () => {
  const writePart = async (part: number, of: number, actions: readonly Action[]): Promise<void> => {
    const rows = new RowBuffer(CHECKPOINT_SCHEMA, { keepAbsent: false });
    for (const action of actions) rows.add(rows.encode(toRow(action)));
    await mkdir(folder('t', '_delta_log'), { recursive: true });
    const digits = (n: number, length: number): string => String(n).padStart(length, '0');
    const name = `${digits(4, 20)}.checkpoint.${digits(part, 10)}.${digits(of, 10)}.parquet`;
    await writeFile(folder('t', '_delta_log', name), await writeParquet(CHECKPOINT_SCHEMA, rows));
  };

  it('is read when all are there', async () => {
    await writePart(1, 2, [{ protocol }, { metaData }, add('a')]);
    await writePart(2, 2, [add('b')]);
    const loaded = await loadSnapshot(table());
    expect([loaded?.snapshot.version, Array.from(loaded?.snapshot.files.keys() ?? [])]).toEqual([4, ['a', 'b']]);
  });

  it('is none when one is missing, and the table is not taken for absent', async () => {
    await writePart(1, 2, [{ protocol }, { metaData }, add('a')]);
    await expect(loadSnapshot(table())).rejects.toMatchObject({ code: 'TABLE_INVALID' });
  });
});
