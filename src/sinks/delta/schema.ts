import { StreamsError } from '../../core/errors.ts';

/** The schema of a table, or of a struct in it: Delta's own JSON form (PROTOCOL.md, Schema Serialization Format). */
export interface DeltaSchema {
  readonly type: 'struct';
  readonly fields: readonly DeltaField[];
}

export interface DeltaField {
  readonly name: string;
  readonly type: DeltaType;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface DeltaArray {
  readonly type: 'array';
  readonly elementType: DeltaType;
  readonly containsNull: boolean;
}

export interface DeltaMap {
  readonly type: 'map';
  readonly keyType: DeltaType;
  readonly valueType: DeltaType;
  readonly valueContainsNull: boolean;
}

export type DeltaPrimitive = (typeof PRIMITIVES)[number] | `decimal(${number},${number})`;
export type DeltaType = DeltaPrimitive | DeltaSchema | DeltaArray | DeltaMap;

const PRIMITIVES = [
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
] as const;

/** A column: nullable unless said otherwise. */
export function field(name: string, type: DeltaType, options: { nullable?: boolean } = {}): DeltaField {
  return { name, type, nullable: options.nullable ?? true, metadata: {} };
}

export function struct(...fields: readonly DeltaField[]): DeltaSchema {
  return { type: 'struct', fields };
}

export function array(elementType: DeltaType, containsNull = true): DeltaArray {
  return { type: 'array', elementType, containsNull };
}

export function map(keyType: DeltaType, valueType: DeltaType, valueContainsNull = true): DeltaMap {
  return { type: 'map', keyType, valueType, valueContainsNull };
}

export function isStruct(type: DeltaType): type is DeltaSchema {
  return typeof type === 'object' && type.type === 'struct';
}

/** Digits in all and after the point, of a `decimal(p,s)`; null for any other type. */
export function decimalOf(type: DeltaType): { precision: number; scale: number } | null {
  if (typeof type !== 'string') return null;
  const match = /^decimal\((\d+),\s*(-?\d+)\)$/.exec(type);
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : null;
}

/** The table's `schemaString`. */
export function printSchema(schema: DeltaSchema): string {
  return JSON.stringify(schema);
}

/** Reads a `schemaString`. @throws TABLE_INVALID on a type that this library does not know */
export function parseSchema(text: string): DeltaSchema {
  const schema = JSON.parse(text) as DeltaSchema;
  checkType(schema, '');
  if (!isStruct(schema)) throw new StreamsError('TABLE_INVALID', 'the table’s schema is not a struct');
  return schema;
}

/**
 * Whether a schema may be given to a new table: types known, names usable without column mapping, and unique
 * regardless of case (PROTOCOL.md, Column Mapping).
 *
 * @throws SCHEMA_INVALID
 */
export function checkNewSchema(schema: DeltaSchema, path = ''): void {
  const seen = new Set<string>();
  if (schema.fields.length === 0) throw new StreamsError('SCHEMA_INVALID', `${path || 'the schema'} has no columns`);
  for (const { name, type } of schema.fields) {
    const where = path ? `${path}.${name}` : name;
    if (name === '' || /[ ,;{}()\n\t=]/.test(name)) {
      throw new StreamsError('SCHEMA_INVALID', `column name ${JSON.stringify(where)} has one of " ,;{}()\\n\\t="`);
    }
    if (seen.has(name.toLowerCase())) throw new StreamsError('SCHEMA_INVALID', `column ${where} is there twice`);
    seen.add(name.toLowerCase());
    checkType(type, where);
    for (const inner of structsIn(type)) checkNewSchema(inner, where);
  }
}

function structsIn(type: DeltaType): DeltaSchema[] {
  if (typeof type === 'string') return [];
  if (type.type === 'struct') return [type];
  if (type.type === 'array') return structsIn(type.elementType);
  return [...structsIn(type.keyType), ...structsIn(type.valueType)];
}

function checkType(type: DeltaType, where: string): void {
  if (typeof type === 'string') {
    const decimal = decimalOf(type);
    const known = decimal
      ? decimal.precision >= 1 && decimal.precision <= 38 && decimal.scale >= 0 && decimal.scale <= decimal.precision
      : (PRIMITIVES as readonly string[]).includes(type);
    if (!known) throw new StreamsError('TABLE_INVALID', `column ${where} has the unknown type ${type}`);
  } else if (type.type === 'struct') {
    for (const inner of type.fields) checkType(inner.type, where ? `${where}.${inner.name}` : inner.name);
  } else if (type.type === 'array') {
    checkType(type.elementType, `${where}.element`);
  } else if (type.type === 'map') {
    checkType(type.keyType, `${where}.key`);
    checkType(type.valueType, `${where}.value`);
  } else {
    throw new StreamsError('TABLE_INVALID', `column ${where} has the unknown type ${JSON.stringify(type)}`);
  }
}
