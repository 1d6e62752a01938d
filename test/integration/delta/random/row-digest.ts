import { createHash } from 'node:crypto';
import { printDecimal } from '../../../../src/sinks/delta/decimal.ts';
import { decimalOf, type DeltaSchema, type DeltaType } from '../../../../src/sinks/delta/schema.ts';
import { columnOf, type Columns, isSimple, textOf, type Value } from '../../../../src/sinks/delta/value.ts';

/**
 * A number that does not depend on the order of the rows, and that verify_tables.py and VerifyTables.java compute in the
 * same way from what other readers see: the sum (mod 2^64) of the first 8 bytes of each row's SHA-256.
 */
export function digestOf(schema: DeltaSchema, columns: Columns): string {
  const sources = schema.fields.map(({ name, type }) => ({ type, column: columnOf(columns, name) }));
  let sum = 0n;
  for (let row = 0; row < columns.length; row++) {
    const text = sources.map(({ type, column }) => textOfValue(type, column[row])).join(',');
    sum += createHash('sha256').update(text).digest().readBigUInt64BE();
  }
  return BigInt.asUintN(64, sum).toString(16).padStart(16, '0');
}

export function textOfValue(type: DeltaType, value: Value): string {
  if (value === null || value === undefined) return '~';
  const decimal = decimalOf(type);
  if (decimal) return printDecimal(value as bigint, decimal.scale);
  if (typeof type === 'string') return simpleText(type, value);
  if (type.type === 'struct') {
    const members = value as Readonly<Record<string, Value>>;
    return `{${type.fields.map((field) => textOfValue(field.type, members[field.name])).join(',')}}`;
  }
  if (type.type === 'array') {
    return `[${(value as readonly Value[]).map((item) => textOfValue(type.elementType, item)).join(',')}]`;
  }
  const entries = value as unknown as readonly { readonly key: Value; readonly value: Value }[];
  const texts = entries.map(
    (entry) => `${textOfValue(type.keyType, entry.key)}=${textOfValue(type.valueType, entry.value)}`,
  );
  return `<${texts.sort().join(',')}>`;
}

function simpleText(type: string, value: Value): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'string') return value.replaceAll('\\', '\\\\').replaceAll(',', '\\,');
  if (typeof value === 'number' && (type === 'double' || type === 'float')) {
    const bytes = Buffer.alloc(8);
    if (type === 'double') bytes.writeDoubleBE(value);
    else bytes.writeFloatBE(value, 4);
    return bytes.readBigUInt64BE().toString(16);
  }
  return isSimple(value) ? textOf(value) : '';
}
