import { printDecimal } from './decimal.ts';
import type { Row } from './row.ts';
import { decimalOf, type DeltaSchema, type DeltaType, isStruct } from './schema.ts';
import { printDate, printTimestamp } from './time.ts';
import { columnOf, type Columns, type Value } from './value.ts';

/**
 * Rows as an application reads them; every value may be written back as it is. Longs are numbers where those are exact,
 * else bigint; dates and timestamps ISO texts (µs kept); decimals texts; maps are Maps.
 */
export function decodeRows(schema: DeltaSchema, columns: Columns): Row[] {
  const decoded = schema.fields.map(({ name, type }) => {
    const decode = decoderOf(type);
    return [name, columnOf(columns, name).map(decode)] as const;
  });
  return Array.from({ length: columns.length }, (_, row) => {
    return Object.fromEntries(decoded.map(([name, values]) => [name, values[row]]));
  });
}

type Decoder = (value: Value) => unknown;

function decoderOf(type: DeltaType): Decoder {
  const decode = presentDecoderOf(type);
  return (value) => (value === null || value === undefined ? null : decode(value));
}

function presentDecoderOf(type: DeltaType): Decoder {
  const decimal = decimalOf(type);
  if (decimal) return (value) => printDecimal(value as bigint, decimal.scale);
  if (typeof type === 'string') return PRIMITIVE[type] ?? ((value) => value);
  if (isStruct(type)) {
    const fields = type.fields.map((field) => ({ name: field.name, decode: decoderOf(field.type) }));
    return (value) => {
      const members = value as Readonly<Record<string, Value>>;
      return Object.fromEntries(fields.map(({ name, decode }) => [name, decode(members[name])]));
    };
  }
  if (type.type === 'array') {
    const decode = decoderOf(type.elementType);
    return (value) => (value as readonly Value[]).map(decode);
  }
  const key = decoderOf(type.keyType);
  const item = decoderOf(type.valueType);
  return (value) => {
    const entries = value as unknown as readonly { readonly key: Value; readonly value: Value }[];
    return new Map(entries.map((entry) => [key(entry.key), item(entry.value)]));
  };
}

const PRIMITIVE: Readonly<Record<string, Decoder>> = {
  long: (value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value),
  date: (value) => printDate(value as number) ?? value,
  timestamp: (value) => printTimestamp(value as bigint, 'zoned') ?? value,
  timestamp_ntz: (value) => printTimestamp(value as bigint, 'local') ?? value,
};
