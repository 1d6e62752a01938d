const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9})\d*)?)?(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})$/i;

/**
 * Reads an ISO 8601 time with a zone, to the µs. null where it is not one: without a zone the same text means another
 * moment on each machine, so it is refused rather than guessed.
 */
export function parseIsoMicros(written: string): number | null {
  const match = TIME.exec(written);
  if (!match) return null;
  const [, day = '', minute = '', second = '00', fraction = '', zone = 'Z'] = match;
  const ms = Date.parse(`${day}T${minute}:${second}${normaliseZone(zone)}`);
  if (Number.isNaN(ms)) return null;
  return ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** Days since the epoch of `YYYY-MM-DD`; null where it is no day. */
export function parseIsoDay(written: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(written)) return null;
  const ms = Date.parse(`${written}T00:00:00Z`);
  return Number.isNaN(ms) ? null : ms / 86_400_000;
}

function normaliseZone(zone: string): string {
  if (zone.toUpperCase() === 'Z') return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone.charAt(0)}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
