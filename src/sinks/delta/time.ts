/** Times inside this sink are µs since the epoch (bigint), dates are days since the epoch (number). */

const DAY_MS = 86_400_000;
const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** An ISO 8601 text as µs; null where it is none, or where a zone is missing that must be there (or the other way round). */
export function parseTimestamp(text: string, zone: 'zoned' | 'local' | 'either'): bigint | null {
  const match = ISO.exec(text);
  if (!match) return null;
  const [, day, time = '00:00:00', fraction = '', offset] = match;
  if ((zone === 'zoned' && !offset) || (zone === 'local' && offset)) return null;
  const ms = Date.parse(`${day}T${time}${offset ?? 'Z'}`);
  if (Number.isNaN(ms) || parseDate(String(day)) === null) return null;
  return BigInt(ms) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}

/** `2026-01-01T10:00:00.123456Z`; null outside the years 0001 to 9999. */
export function printTimestamp(micros: bigint, zone: 'zoned' | 'local', digits: 3 | 6 = 6): string | null {
  const ms = floorDiv(micros, 1000n);
  const text = printMs(Number(ms));
  if (text === null) return null;
  const rest = digits === 3 ? '' : String(micros - ms * 1000n).padStart(3, '0');
  return `${text}${rest}${zone === 'zoned' ? 'Z' : ''}`;
}

/** Days since the epoch of a `YYYY-MM-DD`; null where it is none. */
export function parseDate(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const ms = Date.parse(`${text}T00:00:00Z`);
  // Date.parse takes 2026-02-30 for 2026-03-02.
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text ? null : ms / DAY_MS;
}

export function printDate(days: number): string | null {
  return printMs(days * DAY_MS)?.slice(0, 10) ?? null;
}

export function daysOf(date: Date): number {
  return Math.floor(date.getTime() / DAY_MS);
}

function printMs(ms: number): string | null {
  if (Math.abs(ms) > 8.64e15) return null;
  const text = new Date(ms).toISOString();
  return text.length === 24 ? text.slice(0, -1) : null;
}

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
