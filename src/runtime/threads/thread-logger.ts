import type { Logger } from '../../observe/logger.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
type Level = (typeof LEVELS)[number];

/** One line on its way to the application's logger. */
export interface LogMessage {
  readonly level: Level;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** A logger whose lines go elsewhere as messages. Lines below the level are not sent. */
export function sendingLogger(
  level: string,
  send: (line: LogMessage) => void,
  own: Readonly<Record<string, unknown>> = {},
): Logger {
  const from = level === 'silent' ? LEVELS.length : Math.max(0, LEVELS.indexOf(level as Level));
  const write =
    (at: Level) =>
    (first: unknown, second?: unknown): void => {
      if (LEVELS.indexOf(at) < from) return;
      const fields = typeof first === 'object' && first !== null ? { ...own, ...first } : own;
      const text = typeof first === 'string' ? first : second;
      send({ level: at, fields: plain(fields), text: typeof text === 'string' ? text : '' });
    };
  const methods = Object.fromEntries(LEVELS.map((at) => [at, write(at)]));
  return {
    ...methods,
    level,
    child: (fields: Record<string, unknown>) => sendingLogger(level, send, { ...own, ...fields }),
  } as Logger;
}

/** Writes a line that came from another thread. */
export function writeLine(logger: Logger, { level, fields, text }: LogMessage): void {
  logger[level](fields, text);
}

/** What of the fields can cross threads; an error goes as its text. */
function plain(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (value instanceof Error) return [name, value.stack ?? value.message];
      try {
        return [name, structuredClone(value)];
      } catch {
        return [name, String(value)];
      }
    }),
  );
}
