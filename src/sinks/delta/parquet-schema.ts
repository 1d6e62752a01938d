import type { SchemaElement } from 'hyparquet';
import { decimalOf, type DeltaSchema, type DeltaType } from './schema.ts';

/** The Parquet schema of a struct's columns, in the forms that PROTOCOL.md (Parquet type mapping) asks of writers. */
export function parquetSchemaOf(schema: DeltaSchema): SchemaElement[] {
  return [
    { name: 'root', num_children: schema.fields.length },
    ...schema.fields.flatMap(({ name, type, nullable }) => elementsOf(name, type, nullable)),
  ];
}

function elementsOf(name: string, type: DeltaType, nullable: boolean): SchemaElement[] {
  const repetition_type = nullable ? 'OPTIONAL' : 'REQUIRED';
  if (typeof type === 'string') return [{ name, repetition_type, ...leafOf(type) }];
  if (type.type === 'struct') {
    const children = type.fields.flatMap((field) => elementsOf(field.name, field.type, field.nullable));
    return [{ name, repetition_type, num_children: type.fields.length }, ...children];
  }
  if (type.type === 'array') {
    return [
      { name, repetition_type, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...elementsOf('element', type.elementType, type.containsNull),
    ];
  }
  return [
    { name, repetition_type, num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } },
    { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
    ...elementsOf('key', type.keyType, false),
    ...elementsOf('value', type.valueType, type.valueContainsNull),
  ];
}

type Leaf = Omit<SchemaElement, 'name' | 'repetition_type'>;

const LEAVES: Readonly<Record<string, Leaf>> = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  long: { type: 'INT64' },
  integer: { type: 'INT32' },
  // The converted type alone: hyparquet-writer 0.17 writes the logical type's width as an i32, which other readers refuse.
  short: { type: 'INT32', converted_type: 'INT_16' },
  byte: { type: 'INT32', converted_type: 'INT_8' },
  float: { type: 'FLOAT' },
  double: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  binary: { type: 'BYTE_ARRAY' },
  date: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
  timestamp: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  },
  // No converted type: that one would say UTC.
  timestamp_ntz: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' } },
};

function leafOf(type: string): Leaf {
  const decimal = decimalOf(type as DeltaType);
  if (!decimal) return LEAVES[type] ?? {};
  const { precision, scale } = decimal;
  const physical: Leaf =
    precision <= 9
      ? { type: 'INT32' }
      : precision <= 18
        ? { type: 'INT64' }
        : { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16 };
  return {
    ...physical,
    converted_type: 'DECIMAL',
    precision,
    scale,
    logical_type: { type: 'DECIMAL', precision, scale },
  };
}
