import { setImmediate } from 'node:timers/promises';
import { StreamsError } from '../../core/errors.ts';
import { joinPath } from '../lake/lake-store.ts';
import type { Action } from './actions.ts';
import { CHECKPOINT_COLUMNS, checkpointSchemaFor, toAction, toRow } from './checkpoint-schema.ts';
import { retentionMs } from './interval.ts';
import { type CheckpointFiles, logFolder, nameOf, parseActions, type TableLocation, versionName } from './log.ts';
import { openParquet } from './parquet-read.ts';
import { ParquetFileWriter } from './parquet-write.ts';
import { RowBuffer } from './row-buffer.ts';
import type { Snapshot } from './snapshot.ts';

const HOUR_MS = 3_600_000;
const GROUP_ACTIONS = 2_000;

/** The actions of a checkpoint, taken at once: the snapshot may go on while they are written. */
export interface CheckpointContent {
  readonly version: number;
  readonly snapshot: Pick<Snapshot, 'protocol'>;
  readonly actions: readonly Action[];
  readonly addFiles: number;
}

/** Takes what a checkpoint of this state holds, and lets the snapshot forget the tombstones that have expired. */
export function checkpointOf(snapshot: Snapshot, nowMs: number): CheckpointContent {
  const { version, protocol, metadata } = snapshot;
  const retention = retentionMs(metadata.configuration);
  snapshot.forgetTombstones(nowMs - retention);
  const actions: Action[] = [{ protocol }, { metaData: metadata }];
  for (const txn of snapshot.txns.values()) actions.push({ txn });
  for (const domainMetadata of snapshot.domains.values()) if (!domainMetadata.removed) actions.push({ domainMetadata });
  for (const add of snapshot.files.values()) actions.push({ add });
  for (const remove of snapshot.tombstones.values()) actions.push({ remove });
  return { version, snapshot: { protocol }, actions, addFiles: snapshot.files.size };
}

/**
 * Writes a classic V1 checkpoint, group by group with pauses for other work, and points `_last_checkpoint` to it once it
 * is whole. Safe to repeat, and safe beside other writers: a checkpoint of a version has the same content whoever writes it.
 * What crashed writers left half-written in the log's folder goes on the way.
 */
export async function writeCheckpoint(table: TableLocation, content: CheckpointContent): Promise<void> {
  const { version, actions, snapshot, addFiles } = content;
  const schema = checkpointSchemaFor(snapshot.protocol);
  const file = new ParquetFileWriter(schema);
  for (let from = 0; from < actions.length; from += GROUP_ACTIONS) {
    const rows = new RowBuffer(schema, { keepAbsent: false });
    for (const action of actions.slice(from, from + GROUP_ACTIONS)) rows.add(rows.encode(toRow(action)));
    await file.addGroup(rows, 0, rows.length);
    await setImmediate();
  }
  const bytes = await file.finish();
  const name = `${versionName(version)}.checkpoint.parquet`;
  await table.lake.write(joinPath(logFolder(table), name), bytes);
  const hint = { version, size: actions.length, sizeInBytes: bytes.length, numOfAddFiles: addFiles };
  await table.lake.write(lastCheckpointPath(table), Buffer.from(JSON.stringify(hint)));
  await table.lake.cleanUp(logFolder(table), HOUR_MS);
}

/** The version that `_last_checkpoint` names: a hint, and null when there is none or it makes no sense. */
export async function readLastCheckpoint(table: TableLocation): Promise<number | null> {
  const bytes = await table.lake.read(lastCheckpointPath(table));
  try {
    const hint = JSON.parse(bytes?.toString('utf8') ?? 'null') as { version?: unknown } | null;
    return Number.isSafeInteger(hint?.version) ? Number(hint?.version) : null;
  } catch {
    return null;
  }
}

/** The actions of a checkpoint of any kind, row group by row group. @throws TABLE_INVALID when a file of it is gone */
export async function* readCheckpoint(table: TableLocation, { files }: CheckpointFiles): AsyncGenerator<Action[]> {
  for (const { path } of files) {
    const sidecars: string[] = [];
    for await (const actions of actionsIn(table, path)) {
      for (const { sidecar } of actions) if (sidecar) sidecars.push(sidecarPath(table, sidecar.path));
      yield actions;
    }
    for (const sidecar of sidecars) yield* actionsIn(table, sidecar);
  }
}

async function* actionsIn(table: TableLocation, path: string): AsyncGenerator<Action[]> {
  const bytes = await table.lake.read(path);
  if (bytes === null) throw new StreamsError('TABLE_INVALID', `${nameOf(table)}: ${path} is gone`, { retriable: true });
  if (path.endsWith('.json')) {
    yield parseActions(bytes);
    return;
  }
  const file = await openParquet(bytes);
  for await (const batch of file.batches(CHECKPOINT_COLUMNS)) {
    yield Array.from({ length: batch.length }, (_, row) => toAction(batch, row));
  }
}

function sidecarPath(table: TableLocation, path: string): string {
  if (/^([a-z][a-z0-9+.-]*:|\/)/i.test(path)) {
    throw new StreamsError('TABLE_INVALID', `${nameOf(table)}: a checkpoint has a part outside of the table: ${path}`);
  }
  return joinPath(logFolder(table), '_sidecars', decodeURIComponent(path));
}

function lastCheckpointPath(table: TableLocation): string {
  return joinPath(logFolder(table), '_last_checkpoint');
}
