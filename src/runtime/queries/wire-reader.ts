import { StreamsError } from '../../core/errors.ts';

/** Takes values out of what came over a wire, and says what is wrong with it. */
export interface WireReader {
  /** Whether there is a value, other than null. */
  has(name: string): boolean;
  value(name: string): unknown;
  string(name: string): string;
  whole(name: string): number;
  /** From base64. */
  bytes(name: string): Buffer;
  list(name: string): readonly unknown[];
  record(name: string): WireReader;
  /** A record, or null where there is none. */
  optional(name: string): WireReader | null;
  names(): string[];
}

/** Every method throws QUERY_INVALID where the value is not of that type. */
export function readRecord(wire: unknown, where: string): WireReader {
  if (typeof wire !== 'object' || wire === null || Array.isArray(wire)) throw unexpected(where, 'an object');
  const values = new Map<string, unknown>(Object.entries(wire));
  const string = (name: string): string => {
    const value = values.get(name);
    if (typeof value !== 'string') throw unexpected(`${where}.${name}`, 'a text');
    return value;
  };
  const reader: WireReader = {
    has: (name) => (values.get(name) ?? null) !== null,
    value: (name) => values.get(name),
    string,
    whole: (name) => {
      const value = values.get(name);
      if (!Number.isSafeInteger(value)) throw unexpected(`${where}.${name}`, 'a whole number');
      return value as number;
    },
    bytes: (name) => Buffer.from(string(name), 'base64'),
    list: (name) => {
      const value = values.get(name);
      if (!Array.isArray(value)) throw unexpected(`${where}.${name}`, 'a list');
      return value as unknown[];
    },
    record: (name) => readRecord(values.get(name), `${where}.${name}`),
    optional: (name) => (reader.has(name) ? reader.record(name) : null),
    names: () => [...values.keys()],
  };
  return reader;
}

function unexpected(where: string, wanted: string): StreamsError {
  return new StreamsError('QUERY_INVALID', `${where}: expected ${wanted}`);
}
