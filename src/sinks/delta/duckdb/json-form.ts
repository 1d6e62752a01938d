import { StreamsError } from '../../../core/errors.ts';
import { printDecimal } from '../decimal.ts';
import { decimalOf, type DeltaType } from '../schema.ts';
import { textOf, type Value } from '../value.ts';
import { sqlName, sqlType } from './sql.ts';

/** How values of a type go through JSON into DuckDB without becoming others on the way. */
export interface JsonForm {
  /** What DuckDB takes the JSON for. */
  readonly type: string;
  /** What JSON has of a value that is not null; null: the value itself. */
  readonly convert: ((value: Value) => unknown) | null;
  /** The value again, from an expression for what DuckDB took; null: that is the value already. */
  readonly restore: ((expression: string) => string) | null;
}

type Simple = Pick<JsonForm, 'convert' | 'restore'> & { readonly type?: string };

/** Microseconds that DuckDB has a time for: its least one, and the one before its `infinity`. */
const TIMES = { least: -9_223_372_022_400_000_000n, most: 9_223_372_036_854_775_806n };

const AS_IT_IS: Simple = { convert: null, restore: null };
/** JSON has no NaN and no infinity, and its 0 has no sign: DuckDB reads all of these from texts. */
const REAL: Simple = {
  convert: (value) =>
    typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))
      ? value
      : Object.is(value, -0)
        ? '-0'
        : String(value),
  restore: null,
};

const SIMPLE: Readonly<Record<string, Simple>> = {
  string: AS_IT_IS,
  long: { convert: wholeNumber, restore: null },
  integer: AS_IT_IS,
  short: AS_IT_IS,
  byte: AS_IT_IS,
  float: REAL,
  double: REAL,
  boolean: AS_IT_IS,
  binary: {
    type: 'VARCHAR',
    convert: (value) => base64(value as Uint8Array),
    restore: (expression) => `from_base64(${expression})`,
  },
  date: { type: 'INTEGER', convert: null, restore: (expression) => `make_date(${expression})` },
  timestamp: { type: 'BIGINT', convert: time, restore: (expression) => `make_timestamptz(${expression})` },
  timestamp_ntz: { type: 'BIGINT', convert: time, restore: (expression) => `make_timestamp(${expression})` },
};

/** @param depth of lists around it: names of an expression's own variables */
export function jsonForm(type: DeltaType, depth = 0): JsonForm {
  const decimal = decimalOf(type);
  if (decimal) {
    const convert = (value: Value): unknown => printDecimal(value as bigint, decimal.scale);
    return { type: sqlType(type), convert, restore: null };
  }
  if (typeof type === 'string') return { type: sqlType(type), ...(SIMPLE[type] ?? AS_IT_IS) };
  if (type.type === 'array') return listForm(jsonForm(type.elementType, depth + 1), depth);
  if (type.type === 'struct') {
    return structForm(type.fields.map((field) => ({ name: field.name, form: jsonForm(field.type, depth) })));
  }
  const members = [
    { name: 'key', form: jsonForm(type.keyType, depth + 1) },
    { name: 'value', form: jsonForm(type.valueType, depth + 1) },
  ];
  const entries = listForm(structForm(members), depth);
  const restore = entries.restore ?? ((expression: string): string => expression);
  return { ...entries, restore: (expression) => `map_from_entries(${restore(expression)})` };
}

function listForm(element: JsonForm, depth: number): JsonForm {
  const { convert, restore } = element;
  const variable = `e_${depth}`;
  return {
    type: `${element.type}[]`,
    convert: convert && ((value) => (value as readonly Value[]).map((item) => (isNull(item) ? null : convert(item)))),
    restore: restore && ((expression) => `list_transform(${expression}, lambda ${variable}: ${restore(variable)})`),
  };
}

function structForm(members: readonly { readonly name: string; readonly form: JsonForm }[]): JsonForm {
  const type = `STRUCT(${members.map(({ name, form }) => `${sqlName(name)} ${form.type}`).join(', ')})`;
  const converts = members.some(({ form }) => form.convert !== null);
  const restores = members.some(({ form }) => form.restore !== null);
  return {
    type,
    convert: converts
      ? (value) => {
          const from = value as Readonly<Record<string, Value>>;
          const entries = members.map(({ name, form }): [string, unknown] => [name, jsonOf(form, from[name])]);
          return Object.fromEntries(entries);
        }
      : null,
    restore: restores
      ? (expression) => {
          const parts = members.map(({ name, form }) => {
            const member = `${expression}.${sqlName(name)}`;
            return `${sqlName(name)} := ${form.restore?.(member) ?? member}`;
          });
          return `CASE WHEN ${expression} IS NULL THEN NULL ELSE struct_pack(${parts.join(', ')}) END`;
        }
      : null,
  };
}

/** What JSON has of a value that may be null. */
export function jsonOf({ convert }: JsonForm, value: Value): unknown {
  if (isNull(value)) return null;
  return convert ? convert(value) : value;
}

function isNull(value: Value): value is null | undefined {
  return value === null || value === undefined;
}

/** A number where that is exact, and a text where it is not. */
function wholeNumber(value: Value): unknown {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : textOf(value as bigint);
}

/** @throws SERIALIZATION */
function time(value: Value): unknown {
  const micros = value as bigint;
  if (micros < TIMES.least || micros > TIMES.most) {
    throw new StreamsError('SERIALIZATION', `a timestamp of ${micros} µs is beyond what DuckDB has times for`);
  }
  return wholeNumber(micros);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
