import { messageOf, StreamsError } from '../../core/errors.ts';

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
  return new StreamsError(
    'STATE_CORRUPT',
    `the local state in ${location} cannot be read (${messageOf(cause)}): the folder may be deleted, it is restored from the changelog topics`,
    { cause: error },
  );
}

function deepest(error: unknown): unknown {
  let at = error;
  while (at instanceof Error && at.cause !== undefined) at = at.cause;
  return at;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
}
