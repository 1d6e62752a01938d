import { StreamsError } from '../../core/errors.ts';
import { array, type DeltaField, type DeltaSchema, type DeltaType, map } from './schema.ts';

/**
 * The table schema of an Avro record: a column for each field, of the type that its values have when they come out of
 * the Avro serde. A union of one type and null is a nullable column; other unions cannot be columns.
 *
 * timestamp-millis and -micros become `timestamp`, local-timestamp-* `timestamp_ntz`, date `date`, the decimal logical
 * type `decimal(p,s)`, enum and uuid `string`, fixed `binary`, time-* plain numbers. A serde that gives µs as numbers does
 * not fit a column (numbers are ms): read -micros with longs as bigint.
 *
 * @param schema parsed, or as JSON text
 * @throws SCHEMA_INVALID with the field's path
 */
export function deltaSchemaFromAvro(schema: unknown): DeltaSchema {
  const parsed: unknown =
    typeof schema === 'string' && schema.trimStart().startsWith('{') ? JSON.parse(schema) : schema;
  const type = typeOf(parsed, '', new Names());
  if (typeof type === 'object' && type.type === 'struct') return type;
  throw new StreamsError('SCHEMA_INVALID', 'the Avro schema of a table must be a record');
}

interface AvroType {
  readonly type?: unknown;
  readonly logicalType?: unknown;
  readonly name?: unknown;
  readonly namespace?: unknown;
  readonly fields?: unknown;
  readonly items?: unknown;
  readonly values?: unknown;
  readonly precision?: unknown;
  readonly scale?: unknown;
}

/** Types that were named on the way, for those that refer to them; those that are open would contain themselves. */
class Names {
  readonly #types = new Map<string, DeltaType>();
  readonly #open = new Set<string>();
  #namespace = '';

  resolve(name: string, where: string): DeltaType {
    const full = this.#full(name, undefined);
    const type = this.#types.get(full) ?? this.#types.get(name);
    if (type !== undefined) return type;
    const recursive = this.#open.has(full) || this.#open.has(name);
    throw invalid(where, recursive ? `${name} contains itself` : `unknown Avro type ${name}`);
  }

  define(schema: AvroType, build: () => DeltaType): DeltaType {
    const full = this.#full(typeof schema.name === 'string' ? schema.name : '', schema.namespace);
    const outer = this.#namespace;
    this.#namespace = full.includes('.') ? full.slice(0, full.lastIndexOf('.')) : '';
    this.#open.add(full);
    const type = build();
    this.#open.delete(full);
    this.#types.set(full, type);
    this.#namespace = outer;
    return type;
  }

  #full(name: string, namespace: unknown): string {
    if (name.includes('.')) return name;
    const space = typeof namespace === 'string' ? namespace : this.#namespace;
    return space ? `${space}.${name}` : name;
  }
}

const PRIMITIVES: Readonly<Record<string, DeltaType>> = {
  boolean: 'boolean',
  int: 'integer',
  long: 'long',
  float: 'float',
  double: 'double',
  bytes: 'binary',
  string: 'string',
};

const LOGICAL: Readonly<Record<string, DeltaType>> = {
  date: 'date',
  'timestamp-millis': 'timestamp',
  'timestamp-micros': 'timestamp',
  'local-timestamp-millis': 'timestamp_ntz',
  'local-timestamp-micros': 'timestamp_ntz',
};

function typeOf(schema: unknown, where: string, names: Names): DeltaType {
  if (typeof schema === 'string') return PRIMITIVES[schema] ?? names.resolve(schema, where);
  if (Array.isArray(schema)) throw invalid(where, 'a union of several types cannot be a column');
  if (typeof schema !== 'object' || schema === null) throw invalid(where, 'this is no Avro schema');
  const avro = schema as AvroType;
  const logical = typeof avro.logicalType === 'string' ? LOGICAL[avro.logicalType] : undefined;
  switch (avro.type) {
    case 'record':
    case 'error':
      return names.define(avro, () => structOf(avro, where, names));
    case 'enum':
      return names.define(avro, () => 'string');
    case 'fixed':
      return names.define(avro, () => decimalOf(avro) ?? (avro.logicalType === 'uuid' ? 'string' : 'binary'));
    case 'bytes':
      return decimalOf(avro) ?? 'binary';
    case 'array': {
      const item = nullableOf(avro.items, `${where}.element`, names);
      return array(item.type, item.nullable);
    }
    case 'map': {
      const value = nullableOf(avro.values, `${where}.value`, names);
      return map('string', value.type, value.nullable);
    }
    default:
      return logical ?? typeOf(avro.type, where, names);
  }
}

function structOf({ fields }: AvroType, where: string, names: Names): DeltaSchema {
  if (!Array.isArray(fields)) throw invalid(where, 'a record without fields');
  const columns = fields.map((member: { readonly name: string; readonly type: unknown }): DeltaField => {
    const path = where ? `${where}.${member.name}` : member.name;
    return { name: member.name, ...nullableOf(member.type, path, names), metadata: {} };
  });
  return { type: 'struct', fields: columns };
}

function nullableOf(schema: unknown, where: string, names: Names): { type: DeltaType; nullable: boolean } {
  const branches: unknown[] = Array.isArray(schema) ? schema : [schema];
  const types = branches.filter((branch) => branch !== 'null');
  const [only] = types;
  if (types.length === 0) throw invalid(where, 'a field that is always null cannot be a column');
  if (types.length > 1) throw invalid(where, 'a union of several types cannot be a column');
  return { type: typeOf(only, where, names), nullable: types.length < branches.length };
}

function decimalOf({ logicalType, precision, scale = 0 }: AvroType): DeltaType | null {
  if (logicalType !== 'decimal' || typeof precision !== 'number' || typeof scale !== 'number') return null;
  return `decimal(${precision},${scale})`;
}

function invalid(where: string, what: string): StreamsError {
  return new StreamsError('SCHEMA_INVALID', `${where || 'the schema'}: ${what}`);
}
