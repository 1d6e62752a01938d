import avsc from 'avsc';

import { StreamsError, messageOf } from '../core/errors.ts';
import { BoundedArray, BoundedMap } from './avro-bounded.ts';
import { Decimal, Uuid } from './avro-logical.ts';
import { bigintLong } from './avro-long.ts';
import type { AvroSchema } from './avro-schema.ts';

export type AvroValueType = avsc.Type;

export interface AvroTypeOptions {
  /**
   * What an Avro `long` is in JS. `number` (default) is fast and throws beyond 2^53 - 2 in both directions; `bigint`
   * is exact and slower, for times in nanoseconds, hashes and the like.
   */
  readonly longs?: 'number' | 'bigint';
}

/**
 * Compiles a schema. Values are plain objects, Buffers, strings, numbers; a union whose branches can be told apart in
 * JS is the bare value (`T | null`), another one is wrapped (`{ 'claimx.Event': … }`). Dates and times are numbers in
 * the schema's own unit (`timestamp-millis`: ms since the epoch; `timestamp-micros`: µs; `date`: days), so they cost
 * nothing and lose nothing; `decimal` is a string such as `12.50`; `uuid` is a string; an enum is a string.
 * @throws SCHEMA_INVALID
 */
export function avroType(schema: AvroSchema | string, options: AvroTypeOptions = {}): AvroValueType {
  try {
    const parsed: unknown = typeof schema === 'string' ? parseSchema(schema) : schema;
    const type = avsc.Type.forSchema(parsed as Parameters<typeof avsc.Type.forSchema>[0], {
      omitRecordMethods: true,
      logicalTypes: { decimal: Decimal, uuid: Uuid },
      typeHook: typeHook(options.longs === 'bigint' ? bigintLong() : null),
    });
    makePlain(type, new Set());
    return type;
  } catch (error) {
    if (error instanceof StreamsError) throw error;
    throw new StreamsError('SCHEMA_INVALID', `not a valid Avro schema: ${messageOf(error)}`, { cause: error });
  }
}

/** Puts our own types in the place of avsc's. A `long` may stand by its name or with attributes such as a logical type. */
function typeHook(long: avsc.Type | null): (schema: unknown, options: unknown) => avsc.Type | undefined {
  return (schema, options) => {
    const kind = typeof schema === 'object' && schema !== null && 'type' in schema ? schema.type : schema;
    if (kind === 'long' && long !== null) return long;
    if (kind === 'array' && kind !== schema) return new BoundedArray(schema as avsc.Schema, options);
    if (kind === 'map' && kind !== schema) return new BoundedMap(schema as avsc.Schema, options);
    return undefined;
  };
}

/** A schema's text may be JSON or the bare name of a primitive (`string`), as registries hold both. */
function parseSchema(schema: string): unknown {
  return /^\s*[a-z]+\s*$/.test(schema) ? schema.trim() : JSON.parse(schema);
}

/** Records that were read are plain objects, not instances of a class avsc made: they clone and compare as such. */
function makePlain(type: avsc.Type, seen: Set<avsc.Type>): void {
  if (seen.has(type)) return;
  seen.add(type);
  for (const inner of innerTypes(type)) makePlain(inner, seen);
  if (type instanceof avsc.types.RecordType) {
    const constructor = type.recordConstructor as { prototype: unknown };
    constructor.prototype = Object.prototype;
  }
}

function innerTypes(type: avsc.Type): readonly avsc.Type[] {
  if (type instanceof avsc.types.RecordType) return type.fields.map((field) => field.type);
  if (type instanceof avsc.types.ArrayType) return [type.itemsType];
  if (type instanceof avsc.types.MapType) return [type.valuesType as avsc.Type];
  if (type instanceof avsc.types.UnwrappedUnionType || type instanceof avsc.types.WrappedUnionType) {
    return type.types;
  }
  if (type instanceof avsc.types.LogicalType) return [type.underlyingType];
  return [];
}

/** The schema's full name, or its kind where it has none: `claimx.Event`, `array`. */
export function schemaName(type: AvroValueType): string {
  return type.name ?? type.typeName;
}

/**
 * Whether bytes of one are bytes of the other and mean the same value: equal but for documentation, defaults, aliases
 * and order, which only matter to resolution. avsc's own `equals` does not look at logical types.
 */
export function sameValues(a: AvroValueType, b: AvroValueType): boolean {
  return a === b || (a.equals(b) && shape(a) === shape(b));
}

function shape(type: AvroValueType): string {
  const without = new Set(['doc', 'default', 'aliases', 'order']);
  return JSON.stringify(type.schema({ exportAttrs: true }), (key, value: unknown) =>
    without.has(key) ? undefined : value,
  );
}
