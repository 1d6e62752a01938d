import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { decimalOf, type DeltaType } from '../schema.ts';
import type { Value } from '../value.ts';
import type { DuckDb } from './load-duckdb.ts';

/** How DuckDB's binding wants the values of a type. */
export interface DuckColumn {
  readonly type: DuckDBType;
  /** null: values of this type are what the binding takes already. */
  readonly convert: ((value: Value) => DuckDBValue) | null;
}

type Simple = (api: DuckDb) => DuckColumn;

const SIMPLE: Readonly<Record<string, Simple>> = {
  string: ({ VARCHAR }) => ({ type: VARCHAR, convert: null }),
  long: ({ BIGINT }) => ({ type: BIGINT, convert: null }),
  integer: ({ INTEGER }) => ({ type: INTEGER, convert: null }),
  short: ({ SMALLINT }) => ({ type: SMALLINT, convert: null }),
  byte: ({ TINYINT }) => ({ type: TINYINT, convert: null }),
  float: ({ FLOAT }) => ({ type: FLOAT, convert: null }),
  double: ({ DOUBLE }) => ({ type: DOUBLE, convert: null }),
  boolean: ({ BOOLEAN }) => ({ type: BOOLEAN, convert: null }),
  binary: ({ BLOB, blobValue }) => ({ type: BLOB, convert: (value) => blobValue(value as Uint8Array) }),
  date: ({ DATE, DuckDBDateValue }) => ({ type: DATE, convert: (value) => new DuckDBDateValue(value as number) }),
  timestamp: ({ TIMESTAMPTZ, DuckDBTimestampTZValue }) => {
    return { type: TIMESTAMPTZ, convert: (value) => new DuckDBTimestampTZValue(value as bigint) };
  },
  timestamp_ntz: ({ TIMESTAMP, DuckDBTimestampValue }) => {
    return { type: TIMESTAMP, convert: (value) => new DuckDBTimestampValue(value as bigint) };
  },
};

export function duckColumn(api: DuckDb, type: DeltaType): DuckColumn {
  const decimal = decimalOf(type);
  if (decimal) {
    const { precision, scale } = decimal;
    const convert = (value: Value): DuckDBValue => new api.DuckDBDecimalValue(value as bigint, precision, scale);
    return { type: api.DECIMAL(precision, scale), convert };
  }
  if (typeof type === 'string') return (SIMPLE[type] ?? (({ VARCHAR }) => ({ type: VARCHAR, convert: null })))(api);
  if (type.type === 'struct') {
    const fields = type.fields.map((field) => ({ name: field.name, ...nullable(api, field.type) }));
    const types = Object.fromEntries(fields.map((field) => [field.name, field.type]));
    if (fields.every((field) => field.plain)) {
      return {
        type: api.STRUCT(types),
        convert: (value) => api.structValue(value as Readonly<Record<string, DuckDBValue>>),
      };
    }
    return {
      type: api.STRUCT(types),
      convert: (value) => {
        const members = value as Readonly<Record<string, Value>>;
        return api.structValue(Object.fromEntries(fields.map(({ name, convert }) => [name, convert(members[name])])));
      },
    };
  }
  if (type.type === 'array') {
    const element = nullable(api, type.elementType);
    if (element.plain) {
      return { type: api.LIST(element.type), convert: (value) => api.listValue(value as readonly DuckDBValue[]) };
    }
    return {
      type: api.LIST(element.type),
      convert: (value) => api.listValue((value as readonly Value[]).map(element.convert)),
    };
  }
  const key = nullable(api, type.keyType);
  const item = nullable(api, type.valueType);
  return {
    type: api.MAP(key.type, item.type),
    convert: (value) => {
      const entries = value as unknown as readonly { readonly key: Value; readonly value: Value }[];
      return api.mapValue(entries.map((entry) => ({ key: key.convert(entry.key), value: item.convert(entry.value) })));
    },
  };
}

interface NullableColumn {
  readonly type: DuckDBType;
  readonly convert: (value: Value) => DuckDBValue;
  /** Whether `convert` changes nothing. */
  readonly plain: boolean;
}

function nullable(api: DuckDb, type: DeltaType): NullableColumn {
  const { type: duckType, convert } = duckColumn(api, type);
  return {
    type: duckType,
    plain: convert === null,
    convert: (value) => {
      if (value === null || value === undefined) return null;
      return convert ? convert(value) : (value as DuckDBValue);
    },
  };
}
