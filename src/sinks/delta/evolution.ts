import { StreamsError } from '../../core/errors.ts';
import { type DeltaField, type DeltaSchema, type DeltaType, isStruct, printSchema } from './schema.ts';

/**
 * The table's schema with the columns added that only `wanted` has (nullable, at the end; in structs too), or null when
 * nothing is missing. Columns that only the table has stay.
 *
 * @throws TABLE_INVALID when a column has another type: that cannot be changed without rewriting the table
 */
export function evolve(table: DeltaSchema, wanted: DeltaSchema): DeltaSchema | null {
  const evolved = evolveStruct(table, wanted, '');
  return evolved === table ? null : evolved;
}

/**
 * Whether rows of that schema can be written to the table as it is now, after another writer changed it.
 *
 * @throws TABLE_INVALID when they cannot
 */
export function checkFits(table: DeltaSchema, rows: DeltaSchema): void {
  const names = new Set(rows.fields.map(({ name }) => name));
  const needed = table.fields.find(({ name, nullable }) => !nullable && !names.has(name));
  if (needed) throw changed(needed.name, 'is new and not nullable');
  if (evolve(table, rows)) throw changed('of ours', 'is gone');
}

function evolveStruct(table: DeltaSchema, wanted: DeltaSchema, path: string): DeltaSchema {
  const fields = new Map(table.fields.map((field) => [field.name.toLowerCase(), field]));
  for (const field of wanted.fields) {
    const where = path ? `${path}.${field.name}` : field.name;
    const present = fields.get(field.name.toLowerCase());
    if (!present) {
      fields.set(field.name.toLowerCase(), { ...field, nullable: true });
    } else if (present.name !== field.name) {
      throw new StreamsError('TABLE_INVALID', `column ${where} is called ${present.name} in the table`);
    } else {
      const type = evolveType(present.type, field.type, where);
      if (type !== present.type) fields.set(field.name.toLowerCase(), { ...present, type });
    }
  }
  const result: DeltaField[] = Array.from(fields.values());
  const same = result.length === table.fields.length && result.every((field, i) => field === table.fields[i]);
  return same ? table : { ...table, fields: result };
}

function evolveType(table: DeltaType, wanted: DeltaType, path: string): DeltaType {
  if (typeof table === 'string' || typeof wanted === 'string') {
    if (table === wanted) return table;
  } else if (isStruct(table) && isStruct(wanted)) {
    return evolveStruct(table, wanted, path);
  } else if (table.type === 'array' && wanted.type === 'array') {
    const elementType = evolveType(table.elementType, wanted.elementType, `${path}.element`);
    return elementType === table.elementType ? table : { ...table, elementType };
  } else if (table.type === 'map' && wanted.type === 'map') {
    const keyType = evolveType(table.keyType, wanted.keyType, `${path}.key`);
    const valueType = evolveType(table.valueType, wanted.valueType, `${path}.value`);
    return keyType === table.keyType && valueType === table.valueType ? table : { ...table, keyType, valueType };
  }
  throw new StreamsError('TABLE_INVALID', `column ${path} is ${print(table)} in the table and ${print(wanted)} here`);
}

function print(type: DeltaType): string {
  if (typeof type === 'string') return type;
  return isStruct(type) ? printSchema(type) : JSON.stringify(type);
}

function changed(column: string, what: string): StreamsError {
  const text = `another writer changed the table’s schema: column ${column} ${what}. Start again with a schema that fits`;
  return new StreamsError('TABLE_INVALID', text);
}
