import { printDecimal } from './decimal.ts';
import { decimalOf, type DeltaType, isStruct } from './schema.ts';
import { isSimple, textOf, type Value } from './value.ts';

/**
 * A text that equal values have in common, and no others, whatever the widths of their types (an integer and a long, two
 * decimals of one scale). A member of a struct that is null is the same as one that is not there; the order of a map's
 * entries does not count.
 */
export function rowText(type: DeltaType, value: Value): string {
  if (value === null || value === undefined) return '~';
  const decimal = decimalOf(type);
  if (decimal) return printDecimal(value as bigint, decimal.scale);
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof type === 'string') return isSimple(value) ? textOf(value) : '';
  if (isStruct(type)) {
    const members = value as Readonly<Record<string, Value>>;
    const texts = type.fields
      .map((field) => ({ name: field.name, text: rowText(field.type, members[field.name]) }))
      .filter(({ text }) => text !== '~')
      .map(({ name, text }) => `${JSON.stringify(name)}:${text}`);
    return `{${texts.sort().join(',')}}`;
  }
  if (type.type === 'array') {
    return `[${(value as readonly Value[]).map((item) => rowText(type.elementType, item)).join(',')}]`;
  }
  const entries = value as unknown as readonly { readonly key: Value; readonly value: Value }[];
  const texts = entries.map((entry) => `${rowText(type.keyType, entry.key)}=${rowText(type.valueType, entry.value)}`);
  return `<${texts.sort().join(',')}>`;
}
