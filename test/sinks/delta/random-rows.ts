import {
  array,
  type DeltaField,
  type DeltaType,
  decimalOf,
  field,
  map,
  struct,
} from '../../../src/sinks/delta/schema.ts';
import type { Row } from '../../../src/sinks/delta/row.ts';

/** Numbers in [0, 1) that a seed determines (mulberry32). */
export type Random = () => number;

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function upTo(random: Random, count: number): number {
  return Math.floor(random() * count);
}

export function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[upTo(random, choices.length)] as T;
}

const SIMPLE = [
  'string',
  'long',
  'integer',
  'short',
  'byte',
  'float',
  'double',
  'boolean',
  'binary',
  'date',
  'timestamp',
  'timestamp_ntz',
  'decimal(9,2)',
  'decimal(18,4)',
  'decimal(38,10)',
] as const;

/** Odd ones first: what breaks paths, quoting, prefixes of statistics and the order of UTF-8 against UTF-16. */
const TEXTS = [
  'a b/c%',
  "it's",
  'x=y&z?#',
  '..',
  'é😀',
  '\uffee',
  '"quoted" \\ back',
  'tab\tnew\nline',
  'y'.repeat(40),
  `${'z'.repeat(31)}😀😀`,
  '%20',
  '[a]*{b}',
  'plain',
];

export function randomType(random: Random, depth = 2): DeltaType {
  if (depth === 0 || random() < 0.7) return oneOf(random, SIMPLE);
  const kind = upTo(random, 3);
  if (kind === 0) return array(randomType(random, depth - 1));
  if (kind === 1)
    return map(oneOf(random, ['string', 'long', 'integer', 'date'] as const), randomType(random, depth - 1));
  const fields = Array.from({ length: 1 + upTo(random, 3) }, (_, i) => field(`f${i}`, randomType(random, depth - 1)));
  return struct(...fields);
}

export function randomText(random: Random): string {
  return random() < 0.5 ? oneOf(random, TEXTS) : `t${upTo(random, 1_000_000)}`;
}

/** A value that fits the type; null now and then. */
export function randomValue(random: Random, type: DeltaType): unknown {
  return random() < 0.12 ? null : presentValue(random, type);
}

export function presentValue(random: Random, type: DeltaType): unknown {
  const decimal = decimalOf(type);
  if (decimal) {
    const digits = upTo(random, decimal.precision) + 1;
    const unscaled = BigInt(Array.from({ length: digits }, () => upTo(random, 10)).join(''));
    return random() < 0.5 ? unscaled : -unscaled;
  }
  if (typeof type === 'string') return SIMPLE_VALUES[type]?.(random) ?? null;
  if (type.type === 'array')
    return Array.from({ length: upTo(random, 4) }, () => randomValue(random, type.elementType));
  if (type.type === 'map') {
    const entries = Array.from({ length: upTo(random, 4) }, () => {
      return [presentValue(random, type.keyType), randomValue(random, type.valueType)] as const;
    });
    return new Map(entries);
  }
  return Object.fromEntries(type.fields.map((member) => [member.name, randomValue(random, member.type)]));
}

/** Between the years 1900 and 2100, µs included. */
function micros(random: Random): bigint {
  return BigInt(Math.floor((random() * 2 - 0.7) * 3.1e12)) * 1000n + BigInt(upTo(random, 1000));
}

const SIMPLE_VALUES: Readonly<Record<string, (random: Random) => unknown>> = {
  string: randomText,
  long: (random) => oneOf(random, [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, BigInt(upTo(random, 1e9)), -7n]),
  integer: (random) => oneOf(random, [2 ** 31 - 1, -(2 ** 31), upTo(random, 1e6), -1]),
  short: (random) => upTo(random, 65_536) - 32_768,
  byte: (random) => upTo(random, 256) - 128,
  float: (random) => Math.fround(oneOf(random, [0.1, -1e30, random() * 1000, Number.NaN, Infinity, 3])),
  double: (random) => oneOf(random, [0.1, 1e300, -1e-300, random() * 1000 - 500, Number.NaN, -Infinity, 7]),
  boolean: (random) => random() < 0.5,
  binary: (random) => Uint8Array.from({ length: upTo(random, 5) }, () => upTo(random, 256)),
  date: (random) => Math.floor((random() * 2 - 0.7) * 36_000),
  timestamp: micros,
  timestamp_ntz: micros,
};

export function randomRow(random: Random, fields: readonly DeltaField[]): Row {
  return Object.fromEntries(fields.map(({ name, type }) => [name, randomValue(random, type)]));
}
