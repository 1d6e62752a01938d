import { StreamsError, messageOf } from '../core/errors.ts';
import type { Terminal } from './terminal.ts';

export const EXIT_FAILURE = 1;
/** The command line, the configuration or the application module is wrong. */
export const EXIT_USAGE = 2;

const USAGE_CODES: readonly string[] = ['CONFIG_INVALID', 'APP_INVALID', 'TOPOLOGY_INVALID'];

/** Says in one line what went wrong and what to do; with `verbose` also where. @returns the exit code */
export function reportFailure(terminal: Terminal, error: unknown, verbose: boolean): number {
  const code = codeOf(error);
  const [first = '', ...rest] = messageOf(error).split('\n');
  const line = [first, ...rest]
    .map((part) => part.trim())
    .filter(Boolean)
    .join(' ');
  terminal.err(`topology: ${line}${code === null ? '' : ` [${code}]`}\n`);
  if (verbose) terminal.err(`${stackOf(error)}\n`);
  return code !== null && USAGE_CODES.includes(code) ? EXIT_USAGE : EXIT_FAILURE;
}

/** An application may bring its own copy of the library, so the class is no test. */
function codeOf(error: unknown): string | null {
  if (error instanceof StreamsError) return error.code;
  const named = error instanceof Error && error.name === 'StreamsError' && 'code' in error;
  return named && typeof error.code === 'string' ? error.code : null;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
