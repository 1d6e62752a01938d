import type { LogDestination } from './log-destination.ts';

/** Turns JSON log lines into short ones: `12:00:01 WARN  text  key=value`. */
export function prettyLines(destination: LogDestination): { write(line: string): void } {
  return { write: (line) => void destination.write(`${prettyLine(line)}\n`) };
}

function prettyLine(line: string): string {
  const { time, level, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const parts = [String(time).slice(11, 19), String(level).toUpperCase().padEnd(5), typeof msg === 'string' ? msg : ''];
  for (const [key, value] of Object.entries(fields)) parts.push(`${key}=${plain(value)}`);
  if (err !== undefined) parts.push(`error=${plain(errorText(err))}`);
  return parts.join(' ');
}

function errorText(err: unknown): unknown {
  return typeof err === 'object' && err !== null && 'message' in err ? err.message : err;
}

function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
