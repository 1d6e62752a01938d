import { parseIsoDay, parseIsoMicros } from './iso-time.ts';
import { JsonMisfit } from './json-misfit.ts';

/** Turns parsed JSON into a value of one Avro type. @throws JsonMisfit */
export type Convert = (value: unknown) => unknown;

export interface ScalarOptions {
  readonly longs: 'number' | 'bigint';
  readonly logicalType: string | undefined;
}

/** The converter of a primitive type, or null where the type is not primitive. */
export function scalarConverter(type: string, { longs, logicalType }: ScalarOptions): Convert | null {
  switch (type) {
    case 'null':
      return (value) => (value === null || value === undefined ? null : misfit('null', value));
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : misfit('a boolean', value));
    case 'string':
      return logicalType === 'json' ? jsonText : text;
    case 'int':
      return logicalType === 'date' ? day : int;
    case 'long':
      return longConverter(longs, logicalType);
    case 'float':
    case 'double':
      return (value) => (typeof value === 'number' ? value : misfit('a number', value));
    case 'bytes':
      return logicalType === 'decimal' ? decimal : bytes;
    default:
      return null;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : misfit('a string', value);
}

/** A string that holds JSON: sources often put the object itself there. */
function jsonText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? misfit('JSON', value) : JSON.stringify(value);
}

function int(value: unknown): number {
  return typeof value === 'number' && (value | 0) === value ? value : misfit('an integer of 32 bits', value);
}

function day(value: unknown): number {
  if (typeof value !== 'string') return int(value);
  return parseIsoDay(value) ?? misfit('a day such as 2026-01-31', value);
}

function longConverter(longs: 'number' | 'bigint', logicalType: string | undefined): Convert {
  const perUnit = logicalType === 'timestamp-millis' ? 1000 : logicalType === 'timestamp-micros' ? 1 : 0;
  const read = (value: unknown): number => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    if (perUnit === 0) return misfit('an integer within ±(2^53 - 1)', value);
    const micros = typeof value === 'string' ? parseIsoMicros(value) : null;
    return micros === null ? misfit('a time with a zone (ISO 8601), or a number', value) : Math.floor(micros / perUnit);
  };
  if (longs === 'number') return read;
  // JSON has no large integers of its own: sources write them as text.
  return (value) => (typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? BigInt(value) : BigInt(read(value)));
}

/** Avro's JSON encoding: one character for each byte. */
function bytes(value: unknown): Buffer {
  if (typeof value !== 'string' || !/^[\0-\u00ff]*$/.test(value)) return misfit('bytes (Avro’s JSON encoding)', value);
  return Buffer.from(value, 'latin1');
}

function decimal(value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' ? value : misfit('a decimal', value);
}

function misfit(expected: string, got: unknown): never {
  throw new JsonMisfit(expected, got);
}
