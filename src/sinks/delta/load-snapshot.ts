import { StreamsError } from '../../core/errors.ts';
import { readCheckpoint, readLastCheckpoint } from './checkpoint.ts';
import { type CheckpointFiles, listLog, type LogListing, nameOf, readCommit, type TableLocation } from './log.ts';
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

/**
 * From the newest checkpoint that can be read: one that is damaged (a writer that was stopped half-way, a copy that broke
 * off) only costs the way from the one before it, or from the first commit, as long as those commits are there.
 */
async function replay(table: TableLocation, hinted: LogListing, limit: number): Promise<LoadedSnapshot | null> {
  let listing = hinted;
  const broken = new Map<string, unknown>();
  for (;;) {
    const usable = listing.checkpoints.filter((found) => found.version <= limit && !broken.has(nameIn(found)));
    const checkpoint = usable.at(-1);
    if (!checkpoint && listing.commits.length === 0) {
      // A table whose log cannot be read must not look like one that is not there: it would be created anew.
      if (!listing.remains) return null;
      const [cause] = broken.values();
      throw damaged(table, 'its log has neither commits nor a whole checkpoint of a known kind', cause);
    }
    const snapshot = new Snapshot();
    try {
      if (checkpoint) await replayCheckpoint(table, checkpoint, snapshot);
    } catch (error) {
      // The storage that does not answer is no reason to take another way.
      if (!checkpoint || (error instanceof StreamsError && error.code !== 'TABLE_INVALID')) throw error;
      broken.set(nameIn(checkpoint), error);
      listing = await listLog(table, 0);
      continue;
    }
    const [cause] = broken.values();
    await replayCommits(table, { listing, start: (checkpoint?.version ?? -1) + 1, limit, cause }, snapshot);
    return { snapshot, checkpointVersion: checkpoint?.version ?? -1 };
  }
}

/** Checkpoints of several kinds may have the same version. */
function nameIn({ files }: CheckpointFiles): string {
  return files[0]?.path ?? '';
}

async function replayCheckpoint(table: TableLocation, checkpoint: CheckpointFiles, into: Snapshot): Promise<void> {
  for await (const actions of readCheckpoint(table, checkpoint)) into.apply(checkpoint.version, actions);
  // Neither may be missing: PROTOCOL.md, Checkpoints.
  if (!into.hasShape) throw damaged(table, `the checkpoint of version ${checkpoint.version} is not whole`);
}

interface CommitRange {
  readonly listing: LogListing;
  readonly start: number;
  readonly limit: number;
  /** What was wrong with the checkpoint that would have made a commit that is missing needless. */
  readonly cause: unknown;
}

async function replayCommits(table: TableLocation, range: CommitRange, into: Snapshot): Promise<void> {
  const { listing, start, limit, cause } = range;
  const commits = listing.commits.filter((version) => version >= start && version <= limit);
  const gap = commits.findIndex((version, i) => version !== start + i);
  if (gap >= 0) throw damaged(table, `version ${start + gap} of the log is missing`, cause);
  for (let at = 0; at < commits.length; at += READ_AHEAD) {
    const versions = commits.slice(at, at + READ_AHEAD);
    const read = await Promise.all(versions.map((version) => readCommit(table, version)));
    for (const [i, actions] of read.entries()) {
      if (!actions) throw damaged(table, `version ${versions[i]} of the log is missing`, cause);
      into.apply(versions[i] ?? -1, actions);
    }
  }
  if (limit !== Infinity && into.version !== limit) throw damaged(table, `there is no version ${limit}`, cause);
}

function damaged(table: TableLocation, what: string, cause?: unknown): StreamsError {
  return new StreamsError('TABLE_INVALID', `${nameOf(table)}: ${what}`, cause === undefined ? {} : { cause });
}
