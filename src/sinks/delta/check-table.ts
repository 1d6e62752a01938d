import type { LakeStore } from '../lake/lake-store.ts';
import { messageOf } from '../../core/errors.ts';
import { joinPath } from '../lake/lake-store.ts';
import type { Action } from './actions.ts';
import { checkFile } from './check-file.ts';
import { checkCommit } from './check-commit.ts';
import { readCheckpoint, readLastCheckpoint } from './checkpoint.ts';
import { loadSnapshot } from './load-snapshot.ts';
import { type CheckpointFiles, listLog, readCommit, type TableLocation } from './log.ts';
import { openLake } from '../lake/open-lake.ts';
import { checkReadable } from './protocol.ts';
import { Snapshot } from './snapshot.ts';

export interface CheckOptions {
  /** The store that the path is in (default: the local file system). */
  readonly lake?: LakeStore;
  /** Reads each file and compares its rows with what the log says of them (default true). */
  readonly statistics?: boolean;
}

export interface CheckResult {
  /** What is wrong, a line each; none: the table is sound. */
  readonly faults: readonly string[];
  /** -1 where there is no table that could be read. */
  readonly version: number;
  readonly commits: number;
  readonly checkpoints: number;
  readonly files: number;
  readonly rows: number;
}

/**
 * Looks a table over: each commit of the log (legal actions, no gap), each checkpoint against the commits before it, and
 * each live file against its add action (there, size, number of rows, nulls, bounds). Changes nothing. One file at a time
 * is in memory.
 */
export async function checkTable(path: string, options: CheckOptions = {}): Promise<CheckResult> {
  const table: TableLocation = options.lake ? { lake: options.lake, path } : { lake: openLake(path), path: '' };
  const faults: string[] = [];
  const listing = await listLog(table, 0);
  const { commits, checkpoints } = listing;
  await checkLog(table, commits, checkpoints, faults);
  const counts = { commits: commits.length, checkpoints: checkpoints.length };
  let snapshot: Snapshot;
  try {
    const loaded = await loadSnapshot(table);
    if (!loaded) return { faults: ['there is no Delta table'], version: -1, ...counts, files: 0, rows: 0 };
    ({ snapshot } = loaded);
    checkReadable(snapshot.protocol, snapshot.metadata);
  } catch (error) {
    return { faults: [...faults, messageOf(error)], version: -1, ...counts, files: 0, rows: 0 };
  }
  let rows = 0;
  for (const file of snapshot.files.values()) {
    rows += await checkFile(table, snapshot, file, options.statistics ?? true, faults);
  }
  return { faults, version: snapshot.version, ...counts, files: snapshot.files.size, rows };
}

async function checkLog(
  table: TableLocation,
  commits: readonly number[],
  checkpoints: readonly CheckpointFiles[],
  faults: string[],
): Promise<void> {
  const byVersion = new Map(checkpoints.map((checkpoint) => [checkpoint.version, checkpoint]));
  const first = commits[0] ?? 0;
  const replayed = new Snapshot();
  // Whether `replayed` holds all of the table: from the first version on, or from a checkpoint on.
  let whole = first === 0;
  for (const [i, version] of commits.entries()) {
    if (version !== first + i) {
      faults.push(`version ${first + i} is missing, though there is a version ${version}`);
      return;
    }
    let actions: Action[] | null;
    try {
      actions = await readCommit(table, version);
    } catch (error) {
      faults.push(messageOf(error));
      return;
    }
    checkCommit(version, actions ?? [], whole ? replayed : null, faults);
    replayed.apply(version, actions ?? []);
    const checkpoint = byVersion.get(version);
    if (!checkpoint) continue;
    const found = await readWhole(table, checkpoint, faults);
    if (found && whole) compare(version, replayed, found, faults);
    if (found && !whole) for (const file of found.files.values()) replayed.apply(version, [{ add: file }]);
    whole ||= found !== null;
  }
  const hint = await readLastCheckpoint(table);
  if (hint !== null && !byVersion.has(hint)) {
    faults.push(`${joinPath('_delta_log', '_last_checkpoint')} names version ${hint}, which has no whole checkpoint`);
  }
}

async function readWhole(
  table: TableLocation,
  checkpoint: CheckpointFiles,
  faults: string[],
): Promise<Snapshot | null> {
  const snapshot = new Snapshot();
  try {
    for await (const actions of readCheckpoint(table, checkpoint)) snapshot.apply(checkpoint.version, actions);
    return snapshot;
  } catch (error) {
    faults.push(`the checkpoint of version ${checkpoint.version} cannot be read: ${messageOf(error)}`);
    return null;
  }
}

function compare(version: number, replayed: Snapshot, checkpoint: Snapshot, faults: string[]): void {
  const where = `the checkpoint of version ${version}`;
  for (const path of replayed.files.keys()) if (!checkpoint.files.has(path)) faults.push(`${where} lacks ${path}`);
  for (const path of checkpoint.files.keys()) {
    if (!replayed.files.has(path)) faults.push(`${where} has ${path}, which the log has not`);
  }
  for (const [appId, { version: mark }] of checkpoint.txns) {
    if (replayed.txns.get(appId)?.version !== mark) faults.push(`${where} has ${appId} at ${mark}, the log has not`);
  }
  if (checkpoint.metadata.schemaString !== replayed.metadata.schemaString) faults.push(`${where} has another schema`);
}
