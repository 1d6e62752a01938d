import { messageOf, StreamsError } from '../../core/errors.ts';
import type { Serde } from '../../core/serde.ts';

/**
 * A key from the text of an address: as it is for text keys, a number for numbers, base64 for bytes, else JSON.
 * @throws QUERY_INVALID
 */
export function keyFromText({ name }: Pick<Serde<unknown>, 'name'>, text: string): unknown {
  try {
    switch (name) {
      case 'string':
        return text;
      case 'bytes':
        return Buffer.from(text, 'base64');
      case 'bigint64':
        return BigInt(text);
      case 'int32':
      case 'int64':
      case 'float64':
        return wholeText(text);
      default:
        return JSON.parse(text) as unknown;
    }
  } catch (error) {
    throw new StreamsError('QUERY_INVALID', `${JSON.stringify(text)} is no key of ${name}: ${messageOf(error)}`);
  }
}

/** The bytes that keys begin with. @throws QUERY_INVALID for keys whose bytes are not those of their text */
export function prefixFromText({ name }: Pick<Serde<unknown>, 'name'>, text: string): Buffer {
  if (name === 'string') return Buffer.from(text);
  if (name === 'bytes') return Buffer.from(text, 'base64');
  throw new StreamsError('QUERY_INVALID', `keys of ${name} have no prefix that could be written as text`);
}

/** A value as JSON can show it: bytes as base64, big numbers as text, maps as objects. */
export function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(jsonValue);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, part]: readonly [unknown, unknown]) => [String(key), jsonValue(part)]));
}

function wholeText(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new Error('expected a number');
  return value;
}
