import { StreamsError } from '../../core/errors.ts';
import { dataPath } from './data-file.ts';
import { retentionMs } from './interval.ts';
import type { TableLocation } from './log.ts';
import { checkWritable } from './protocol.ts';
import type { Snapshot } from './snapshot.ts';

export interface VacuumOptions {
  /** Says what would be deleted, and deletes nothing. */
  readonly dryRun?: boolean;
  /**
   * How long a file must have been out of the table, or lain there without ever being in it
   * (default: the table's `delta.deletedFileRetentionDuration`, or 7 days).
   */
  readonly retentionMs?: number;
  /** Allows a retention below 7 days. Readers of older versions, and writers that have been at it for longer, then fail. */
  readonly allowShortRetention?: boolean;
  /** Deletions at the same time (default 16). */
  readonly parallel?: number;
}

export interface VacuumResult {
  /** Paths in the table's folder, as they are named there. */
  readonly files: readonly string[];
  readonly bytes: number;
}

const LEAST_RETENTION_MS = 168 * 3_600_000;
/** A half-written file that was not touched for this long is a crashed writer's. */
const HALF_WRITTEN_MS = 24 * 3_600_000;

/**
 * Deletes the data files that no version within the retention needs: neither live, nor removed less than that ago, and
 * older than that themselves, since a file that no commit names may be a commit to come. Half-written files, which have
 * names of their own, go after a day.
 *
 * @throws CONFIG_INVALID on a retention below 168 hours that is not asked for twice
 */
export async function vacuum(
  table: TableLocation,
  snapshot: Snapshot,
  options: VacuumOptions,
  nowMs: number,
): Promise<VacuumResult> {
  const { protocol, metadata } = snapshot;
  checkWritable(protocol, metadata);
  const retention = options.retentionMs ?? retentionMs(metadata.configuration);
  if (retention < LEAST_RETENTION_MS && !options.allowShortRetention) {
    const hours = Math.round(retention / 3_600_000);
    throw new StreamsError(
      'CONFIG_INVALID',
      `a retention of ${hours} h is below 168 h: files that readers and writers still use could go. Say so explicitly if none do`,
    );
  }
  const cutoff = nowMs - retention;
  const needed = new Set<string>();
  for (const file of snapshot.files.values()) needed.add(dataPath(table, file));
  for (const file of snapshot.tombstones.values()) {
    if ((file.deletionTimestamp ?? 0) >= cutoff) needed.add(dataPath(table, file));
  }
  const files: string[] = [];
  let bytes = 0;
  for await (const { path, size, modifiedMs } of table.lake.walk(table.path)) {
    const inTable = table.path === '' ? path : path.slice(table.path.length + 1);
    if (needed.has(path) || modifiedMs >= cutoff || isHidden(inTable)) continue;
    files.push(inTable);
    bytes += size;
  }
  if (!options.dryRun) {
    await table.lake.cleanUp(table.path, HALF_WRITTEN_MS);
    const parallel = Math.max(1, options.parallel ?? 16);
    for (let at = 0; at < files.length; at += parallel) {
      const part = files.slice(at, at + parallel);
      await Promise.all(part.map((file) => table.lake.delete(table.path === '' ? file : `${table.path}/${file}`)));
    }
  }
  return { files, bytes };
}

/** Names that begin with `_` or `.` are not data, save for change data and partitions of columns that are called so. */
function isHidden(path: string): boolean {
  return path
    .split('/')
    .some((name) => (name.startsWith('_') || name.startsWith('.')) && !name.includes('=') && name !== '_change_data');
}
