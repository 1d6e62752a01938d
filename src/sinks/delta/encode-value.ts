import { StreamsError } from '../../core/errors.ts';
import { parseDecimal } from './decimal.ts';
import { memberReader } from './member-reader.ts';
import { decimalOf, type DeltaMap, type DeltaSchema, type DeltaType } from './schema.ts';
import { daysOf, parseDate, parseTimestamp } from './time.ts';
import type { Value } from './value.ts';

/** Adds up what the encoded values take in memory, roughly and not too low. */
export interface ByteCount {
  bytes: number;
}

/** @throws SERIALIZATION with the column's name when the value does not fit */
export type ValueEncoder = (value: unknown, path: string, count: ByteCount) => Value;

/** The encoder of a type, for values that are not null. */
export function encoderOf(type: DeltaType): ValueEncoder {
  const decimal = decimalOf(type);
  if (decimal) return decimalEncoder(decimal.precision, decimal.scale);
  if (typeof type === 'string') {
    const encode = PRIMITIVE[type];
    if (encode) return encode;
    throw new StreamsError('SCHEMA_INVALID', `unknown type ${type}`);
  }
  if (type.type === 'struct') return structEncoder(type);
  if (type.type === 'map') return mapEncoder(type);
  const element = nullable(type.elementType, type.containsNull);
  return (value, path, count) =>
    Array.isArray(value) ? value.map((item) => element(item, path, count)) : misfit('array', value, path);
}

/** The same for values that may be null, where the column allows it. */
export function nullable(type: DeltaType, allowed: boolean): ValueEncoder {
  const encode = encoderOf(type);
  return (value, path, count) => {
    if (value !== null && value !== undefined) return encode(value, path, count);
    count.bytes += 8;
    return allowed ? null : misfit(`${typeName(type)}, not null`, value, path);
  };
}

export function misfit(type: string, value: unknown, path: string): never {
  const got = value === null || value === undefined ? String(value) : describe(value);
  throw new StreamsError('SERIALIZATION', `column ${path} (${type}) cannot hold ${got}`);
}

/** Names the kind, not the content: texts of rows may be personal data and do not belong in messages. */
function describe(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return `${typeof value} ${value}`;
  return typeof value === 'object' ? (value?.constructor?.name ?? 'object') : typeof value;
}

function typeName(type: DeltaType): string {
  return typeof type === 'string' ? type : type.type;
}

const PRIMITIVE: Readonly<Record<string, ValueEncoder>> = {
  string: (value, path, count) => {
    if (typeof value !== 'string') return misfit('string', value, path);
    count.bytes += 24 + value.length * 2;
    // A lone surrogate has no UTF-8 form: every encoder writes U+FFFD. Done here, so that statistics see the same.
    return SURROGATE.test(value) && LONE_SURROGATE.test(value) ? Buffer.from(value).toString() : value;
  },
  long: (value, path, count) => {
    count.bytes += 24;
    const long = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
    return typeof long === 'bigint' && BigInt.asIntN(64, long) === long ? long : misfit('long', value, path);
  },
  integer: integerEncoder('integer', 2 ** 31),
  short: integerEncoder('short', 2 ** 15),
  byte: integerEncoder('byte', 2 ** 7),
  double: (value, path, count) => {
    count.bytes += 16;
    return typeof value === 'number' ? value : misfit('double', value, path);
  },
  float: (value, path, count) => {
    count.bytes += 16;
    return typeof value === 'number' ? Math.fround(value) : misfit('float', value, path);
  },
  boolean: (value, path, count) => {
    count.bytes += 8;
    return typeof value === 'boolean' ? value : misfit('boolean', value, path);
  },
  binary: (value, path, count) => {
    if (!(value instanceof Uint8Array)) return misfit('binary', value, path);
    count.bytes += 96 + value.length;
    return value;
  },
  date: (value, path, count) => {
    count.bytes += 8;
    const days = value instanceof Date ? daysOf(value) : typeof value === 'string' ? parseDate(value) : value;
    return typeof days === 'number' && Number.isInteger(days) && Math.abs(days) < 2 ** 31
      ? days
      : misfit('date', value, path);
  },
  timestamp: timestampEncoder('timestamp', 'zoned'),
  timestamp_ntz: timestampEncoder('timestamp_ntz', 'local'),
};

/** By units, which is quick and for most texts enough: a text in Latin-1 is not even looked at. */
const SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

const LAST_MS = 253_402_300_799_999;

function integerEncoder(type: string, limit: number): ValueEncoder {
  return (value, path, count) => {
    count.bytes += 8;
    return typeof value === 'number' && Number.isInteger(value) && value >= -limit && value < limit
      ? value
      : misfit(type, value, path);
  };
}

function timestampEncoder(type: string, zone: 'zoned' | 'local'): ValueEncoder {
  return (value, path, count) => {
    count.bytes += 24;
    let micros: bigint | null = null;
    const ms = value instanceof Date ? value.getTime() : value;
    // Above that a number is hardly ms (year 9999): µs must be given as bigint.
    if (typeof ms === 'number' && Math.abs(ms) <= LAST_MS) micros = BigInt(Math.round(ms * 1000));
    else if (typeof ms === 'bigint') micros = ms;
    else if (typeof ms === 'string') micros = parseTimestamp(ms, zone);
    return micros !== null && BigInt.asIntN(64, micros) === micros ? micros : misfit(type, value, path);
  };
}

function decimalEncoder(precision: number, scale: number): ValueEncoder {
  const limit = 10n ** BigInt(precision);
  return (value, path, count) => {
    count.bytes += 32;
    const unscaled =
      typeof value === 'bigint'
        ? value
        : typeof value === 'string' || typeof value === 'number'
          ? parseDecimal(String(value), scale)
          : null;
    return unscaled !== null && unscaled < limit && unscaled > -limit
      ? unscaled
      : misfit(`decimal(${precision},${scale})`, value, path);
  };
}

function structEncoder(type: DeltaSchema): ValueEncoder {
  const fields = type.fields.map((field) => {
    return { name: field.name, read: memberReader(field.name), encode: nullable(field.type, field.nullable) };
  });
  const names = new Set(fields.map(({ name }) => name));
  const paths = new Map<string, readonly string[]>();
  return (value, path, count) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return misfit('struct', value, path);
    count.bytes += 32;
    for (const name of Object.keys(value)) if (!names.has(name)) throw unknownColumn(`${path}.${name}`);
    const members = value as Readonly<Record<string, unknown>>;
    let own = paths.get(path);
    if (!own) paths.set(path, (own = fields.map(({ name }) => `${path}.${name}`)));
    const encoded: Record<string, Value> = {};
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      if (!field) continue;
      const member = field.encode(field.read ? field.read(members) : members[field.name], own[i] ?? '', count);
      // An assignment would set the prototype instead.
      if (field.name === '__proto__') Object.defineProperty(encoded, field.name, { ...OWN, value: member });
      else encoded[field.name] = member;
    }
    return encoded;
  };
}

const OWN = { enumerable: true, configurable: true, writable: true };

export function unknownColumn(path: string): StreamsError {
  return new StreamsError('SERIALIZATION', `there is no column ${path}`);
}

function mapEncoder(type: DeltaMap): ValueEncoder {
  const key = nullable(type.keyType, false);
  const item = nullable(type.valueType, type.valueContainsNull);
  return (value, path, count) => {
    if (typeof value !== 'object' || value === null) return misfit('map', value, path);
    const entries: Iterable<readonly unknown[]> =
      value instanceof Map || Array.isArray(value) ? value : Object.entries(value);
    const encoded = new Map<Value, Value>();
    for (const entry of entries) {
      if (!Array.isArray(entry)) return misfit('map', value, path);
      count.bytes += 48;
      // A key that comes twice keeps its last value: readers refuse maps with duplicate keys.
      encoded.set(key(entry[0], `${path}.key`, count), item(entry[1], `${path}.value`, count));
    }
    return Array.from(encoded, ([k, v]) => ({ key: k, value: v }));
  };
}
