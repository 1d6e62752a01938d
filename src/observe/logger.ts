import { pino } from 'pino';

/** What the code may do with a log: structured fields first, then the text. No secrets, no personal data, no record values. */
export type Logger = Pick<pino.Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'level'> & {
  child(fields: Record<string, unknown>): Logger;
};

/** Logs nothing: the default of a library. */
export const silentLogger: Logger = pino({ level: 'silent' });
