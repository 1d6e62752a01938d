import { StreamsError, messageOf } from '../core/errors.ts';
import type { Terminal } from './terminal.ts';

export const EXIT_FAILURE = 1;
/** The command line, the configuration or the application module is wrong. */
export const EXIT_USAGE = 2;

/** What to do about errors whose messages only say what is wrong. */
const ADVICE: Readonly<Record<string, string>> = {
  DESERIALIZATION:
    'Correct the serde of the source, or set streams.deserializationHandler (deadLetter with streams.deadLetterTopic, or continue)',
  PROCESSING:
    'Correct the operator, or set streams.processingHandler (deadLetter with streams.deadLetterTopic, or continue)',
  SCHEMA_INCOMPATIBLE:
    'Change the schema so that it fits the earlier ones (a default for each new field), or write to another topic',
};

const USAGE_CODES: readonly string[] = ['CONFIG_INVALID', 'APP_INVALID', 'TOPOLOGY_INVALID'];

/** Says in one line what went wrong and what to do; with `verbose` also where. @returns the exit code */
export function reportFailure(terminal: Terminal, error: unknown, verbose: boolean): number {
  const code = codeOf(error);
  const [first = '', ...rest] = messageOf(error).split('\n');
  const line = [first, ...rest]
    .map((part) => part.trim())
    .filter(Boolean)
    .join(' ');
  const advice = code === null ? undefined : ADVICE[code];
  const parts = [`topology: ${line}${placeOf(error)}`, ...(advice === undefined ? [] : [advice])];
  terminal.err(`${parts.join('. ')}${code === null ? '' : ` [${code}]`}\n`);
  if (verbose) terminal.err(`${stackOf(error)}\n`);
  return code !== null && USAGE_CODES.includes(code) ? EXIT_USAGE : EXIT_FAILURE;
}

/** Which record, or which topic, as far as the error knows. */
function placeOf(error: unknown): string {
  if (!(error instanceof StreamsError)) return '';
  const { topic, partition, offset, node } = error.coordinates;
  if (topic === undefined || error.message.includes(`topic ${topic}`)) return '';
  const record = partition === undefined || offset === undefined ? '' : `, partition ${partition}, offset ${offset}`;
  return ` (topic ${topic}${record}${node === undefined ? '' : `, at ${node}`})`;
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
