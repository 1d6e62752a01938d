import type { LakeFile } from '../lake/lake-store.ts';
import type { Metadata } from './actions.ts';
import { readCheckpoint } from './checkpoint.ts';
import { logRetentionMs } from './interval.ts';
import { listLog, logFolder, type TableLocation } from './log.ts';

const DAY_MS = 86_400_000;
/** Deletions at the same time. */
const PARALLEL = 16;
/** What belongs to one version or ends with it: commits, checkpoints, checksums, and compacted commits (`from.to.compacted.json`). */
const ENTRY =
  /^(\d{20})(?:\.(\d{20})\.compacted)?\.(?:json|crc|checkpoint\.(?:[0-9a-f-]+\.)?(?:\d{10}\.)?(?:parquet|json))$/;
const SPLIT = /^(\d{20})\.checkpoint\.\d{10}\.\d{10}\.parquet$/;

/**
 * Deletes what no reader of a version within the log's retention needs (PROTOCOL.md, Metadata Cleanup):
 *
 * - the cutoff is midnight UTC, `delta.logRetentionDuration` (30 days) ago;
 * - C is the newest whole checkpoint that is not newer than the last commit before the cutoff;
 * - everything below C goes, C itself and its commit stay. Without such a checkpoint nothing is deleted.
 *
 * Oldest first, so that whatever ends it early leaves a log without a gap. Answers how many files went.
 */
export async function cleanLog(
  table: TableLocation,
  { configuration }: Pick<Metadata, 'configuration'>,
  nowMs: number,
): Promise<number> {
  if (configuration['delta.enableExpiredLogCleanup'] === 'false') return 0;
  const cutoff = Math.floor((nowMs - logRetentionMs(configuration)) / DAY_MS) * DAY_MS;
  const files = await table.lake.list(logFolder(table));
  const lastExpired = lastCommitBefore(files, cutoff);
  if (lastExpired < 0) return 0;
  const { checkpoints } = await listLog(table, 0);
  const keep = checkpoints.findLast(({ version }) => version <= lastExpired);
  if (!keep) return 0;
  const old = files.filter((file) => versionOf(file) < keep.version);
  if (old.length === 0) return 0;
  // The log will begin with it: it must be whole, to the last of its parts.
  for await (const actions of readCheckpoint(table, keep)) void actions;
  for (let at = 0; at < old.length; at += PARALLEL) {
    await Promise.all(old.slice(at, at + PARALLEL).map(({ path }) => table.lake.delete(path)));
  }
  return old.length;
}

function lastCommitBefore(files: readonly LakeFile[], cutoffMs: number): number {
  let last = -1;
  for (const file of files) {
    if (!file.path.endsWith('.json') || !/^\d{20}\.json$/.test(nameOf(file))) continue;
    // A later commit may carry an earlier time (clocks differ): the run of expired commits ends at the first that is not.
    if (file.modifiedMs >= cutoffMs) break;
    last = versionOf(file);
  }
  return last;
}

function versionOf(file: LakeFile): number {
  const name = nameOf(file);
  const match = ENTRY.exec(name) ?? SPLIT.exec(name);
  return match ? Number(match[2] ?? match[1]) : Infinity;
}

function nameOf({ path }: LakeFile): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
