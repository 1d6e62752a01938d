import { messageOf, StreamsError } from '../../core/errors.ts';

/** ENOSPC, EFBIG and EDQUOT by their codes, and by the texts that are all LevelDB tells of them (Linux and macOS, Windows). */
const FULL_CODES = new Set<unknown>(['ENOSPC', 'EFBIG', 'EDQUOT']);
const FULL_TEXT = /no space left on device|file too large|dis[ck] quota exceeded|not enough space on the disk/i;

/** STATE_WRITE_FAILED where the disk was full; null for everything else. */
export function fullDiskError(error: unknown, location: string): StreamsError | null {
  const cause = deepest(error);
  const io = codeOf(cause) === 'LEVEL_IO_ERROR' && FULL_TEXT.test(messageOf(cause));
  if (!io && !FULL_CODES.has(codeOf(cause))) return null;
  return new StreamsError(
    'STATE_WRITE_FAILED',
    `the local state in ${location} cannot be written (${messageOf(cause)}): free space, or raise the quota; what was committed before is whole`,
    { cause: error },
  );
}

/** Turns LevelDB's errors into ours, with what to do about them. */
export function levelError(error: unknown, location: string): StreamsError {
  if (error instanceof StreamsError) return error;
  const cause = deepest(error);
  if (codeOf(cause) === 'LEVEL_LOCKED') {
    return new StreamsError(
      'STATE_DIR_LOCKED',
      `the state in ${location} is in use by another process: stop it, or give this one another state folder`,
      { cause: error },
    );
  }
  const full = fullDiskError(error, location);
  if (full !== null) return full;
  return new StreamsError(
    'STATE_CORRUPT',
    `the local state in ${location} cannot be read (${messageOf(cause)}): the folder may be deleted, it is restored from the changelog topics`,
    { cause: error },
  );
}

/** Whether LevelDB has found its files damaged: not merely out of reach, such as for want of rights or file handles. */
export function isDamaged(error: unknown): boolean {
  return codeOf(deepest(error)) === 'LEVEL_CORRUPTION';
}

function deepest(error: unknown): unknown {
  let at = error;
  while (at instanceof Error && at.cause !== undefined) at = at.cause;
  return at;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
}
