import { StreamsError } from '../../core/errors.ts';
import { readCheckpoint, readLastCheckpoint } from './checkpoint.ts';
import { listLog, type LogListing, nameOf, readCommit, type TableLocation } from './log.ts';
import { Snapshot } from './snapshot.ts';

/** Commits that are read at the same time. */
const READ_AHEAD = 16;

/** A snapshot, and where its newest checkpoint is. */
export interface LoadedSnapshot {
  readonly snapshot: Snapshot;
  /** -1 without a checkpoint. */
  readonly checkpointVersion: number;
}

/**
 * Reads a table's state from its log: the newest checkpoint, then the commits after it. null where there is no table.
 *
 * @param version reads the state as of that version (default: the newest)
 * @throws TABLE_INVALID when the log has a gap, or does not reach back to that version
 */
export async function loadSnapshot(table: TableLocation, version?: number): Promise<LoadedSnapshot | null> {
  const hint = version === undefined ? await readLastCheckpoint(table) : null;
  let listing = await listLog(table, hint ?? 0);
  // The hint may name a checkpoint that is gone or never became whole: then the whole listing tells.
  if (hint !== null && !listing.checkpoints.some((found) => found.version >= hint)) listing = await listLog(table, 0);
  return replay(table, listing, version ?? Infinity);
}

async function replay(table: TableLocation, listing: LogListing, limit: number): Promise<LoadedSnapshot | null> {
  const checkpoint = listing.checkpoints.filter(({ version }) => version <= limit).at(-1);
  const start = checkpoint ? checkpoint.version + 1 : 0;
  const commits = listing.commits.filter((version) => version >= start && version <= limit);
  if (!checkpoint && listing.commits.length === 0) {
    // A table whose log cannot be read must not look like one that is not there: it would be created anew.
    if (listing.remains) throw damaged(table, 'its log has neither commits nor a whole checkpoint of a known kind');
    return null;
  }

  const gap = commits.findIndex((version, i) => version !== start + i);
  if (gap >= 0) throw damaged(table, `version ${start + gap} of the log is missing`);
  const snapshot = new Snapshot();
  if (checkpoint) {
    for await (const actions of readCheckpoint(table, checkpoint)) snapshot.apply(checkpoint.version, actions);
  }
  for (let at = 0; at < commits.length; at += READ_AHEAD) {
    const versions = commits.slice(at, at + READ_AHEAD);
    const read = await Promise.all(versions.map((version) => readCommit(table, version)));
    for (const [i, actions] of read.entries()) {
      if (!actions) throw damaged(table, `version ${versions[i]} of the log is missing`);
      snapshot.apply(versions[i] ?? -1, actions);
    }
  }
  if (limit !== Infinity && snapshot.version !== limit) throw damaged(table, `there is no version ${limit}`);
  return { snapshot, checkpointVersion: checkpoint?.version ?? -1 };
}

function damaged(table: TableLocation, what: string): StreamsError {
  return new StreamsError('TABLE_INVALID', `${nameOf(table)}: ${what}`);
}
