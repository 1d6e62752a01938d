import { pino, type DestinationStream } from 'pino';

import type { LogDestination } from './log-destination.ts';
import { prettyLines } from './pretty.ts';

/** What the code may do with a log: structured fields first, then the text. No secrets, no personal data, no record values. */
export type Logger = Pick<pino.Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'level'> & {
  child(fields: Record<string, unknown>): Logger;
};

/** Logs nothing: the default of a library. */
export const silentLogger: Logger = pino({ level: 'silent' });

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LoggerOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** `json`: one object per line, for machines; `pretty`: one short line, for people (default `json`). */
  readonly format?: 'json' | 'pretty';
  /** Where lines go (default: standard error, so that standard output stays the command's own). */
  readonly destination?: LogDestination;
  /** Fields of every line. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Fields that are never written, one level deep as well: a configuration may be logged whole by mistake. */
const SECRETS = ['password', 'token', 'secret', 'authorization', 'apiKey', 'clientSecret', 'sasl', 'connectionString'];

export function createLogger(options: LoggerOptions = {}): Logger {
  const { level = 'info', format = 'json', destination = process.stderr, fields = {} } = options;
  const lines: DestinationStream = { write: (line) => void destination.write(line) };
  return pino(
    {
      level,
      base: fields,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[hidden]' },
    },
    format === 'pretty' ? prettyLines(destination) : lines,
  );
}
