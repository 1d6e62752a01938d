import type { AvroField, AvroJson, AvroSchema, AvroType } from './avro-schema.ts';
import { JsonMisfit } from './json-misfit.ts';
import { scalarConverter } from './json-scalars.ts';
import type { Convert } from './json-scalars.ts';

/** What converters are compiled with: the named types met so far. */
interface Scope {
  readonly longs: 'number' | 'bigint';
  readonly named: Map<string, { convert: Convert; readonly bucket: string }>;
  readonly namespace: string | undefined;
}

/**
 * Compiles a schema to a function that turns parsed JSON into a value as {@link avroType} has it. More lenient than
 * Avro's own JSON encoding, since it reads what sources send: a union's value may be bare or wrapped; times may be
 * ISO 8601 texts with a zone; a field of the logical type `json` may be the JSON itself; what is absent takes the
 * field's default, or null where that fits; fields the schema does not name are left out.
 */
export function jsonConverter(schema: AvroSchema, longs: 'number' | 'bigint' = 'number'): Convert {
  return compile(schema, { longs, named: new Map(), namespace: undefined });
}

function compile(type: AvroType, scope: Scope): Convert {
  if (typeof type === 'string') {
    const scalar = scalarConverter(type, { longs: scope.longs, logicalType: undefined });
    if (scalar !== null) return scalar;
    const named = scope.named.get(qualify(type, scope.namespace));
    // Read on each call: a type may name itself before its converter is there.
    return named === undefined ? () => misfit(type, undefined) : (value) => named.convert(value);
  }
  if (isUnion(type)) return union(type, scope);
  const { type: kind } = type;
  if (typeof kind !== 'string') return compile(kind, scope);
  const scalar = scalarConverter(kind, { longs: scope.longs, logicalType: type.logicalType });
  if (scalar !== null) return scalar;
  switch (kind) {
    case 'record':
    case 'error':
    case 'enum':
    case 'fixed':
      return compileNamed(type, kind, scope);
    case 'array':
      return list(compile(type.items ?? 'null', scope));
    case 'map':
      return map(compile(type.values ?? 'null', scope));
    default:
      return compile(kind, scope);
  }
}

function compileNamed(type: AvroJson, kind: 'record' | 'error' | 'enum' | 'fixed', scope: Scope): Convert {
  const name = qualify(type.name ?? '', type.namespace ?? scope.namespace);
  const namespace = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : undefined;
  const entry = { convert: (value: unknown): unknown => value, bucket: bucketOf(kind) };
  scope.named.set(name, entry);
  const inner = { ...scope, namespace };
  if (kind === 'enum') entry.convert = symbols(type.symbols ?? [], type.default);
  else if (kind === 'fixed') entry.convert = fixed(type);
  else entry.convert = record(type.fields ?? [], inner);
  return entry.convert;
}

function record(fields: readonly AvroField[], scope: Scope): Convert {
  const readers = fields.map((field) => ({
    names: [field.name, ...(field.aliases ?? [])],
    convert: compile(field.type, scope),
    fallback: field.default,
  }));
  return (value) => {
    if (!isObject(value)) return misfit('an object', value);
    const result: Record<string, unknown> = {};
    for (const { names, convert, fallback } of readers) {
      const [name = ''] = names;
      const given = names.find((key) => value[key] !== undefined);
      try {
        result[name] = convert(given === undefined ? fallback : value[given]);
      } catch (error) {
        throw error instanceof JsonMisfit ? error.within(name) : error;
      }
    }
    return result;
  };
}

function union(branches: readonly AvroType[], scope: Scope): Convert {
  const options = branches.map((branch) => {
    const convert = compile(branch, scope);
    const name = branchName(branch, scope.namespace);
    return { name, convert, bucket: scope.named.get(name)?.bucket ?? bucketOf(name) };
  });
  // As avsc decides it: where two branches look alike in JS, values are wrapped in an object that names the branch.
  const wrapped = new Set(options.map(({ bucket }) => bucket)).size < options.length;
  const nullable = options.some(({ name }) => name === 'null');
  const others = options.filter(({ name }) => name !== 'null');
  return (value) => {
    if (nullable && (value === null || value === undefined)) return null;
    const named = isObject(value) && Object.keys(value).length === 1 ? Object.entries(value)[0] : undefined;
    const chosen = named && others.find(({ name }) => name === named[0]);
    if (named && chosen) return wrapped ? { [chosen.name]: chosen.convert(named[1]) } : chosen.convert(named[1]);
    let first: unknown;
    for (const { name, convert } of others) {
      try {
        return wrapped ? { [name]: convert(value) } : convert(value);
      } catch (error) {
        first ??= error;
      }
    }
    throw others.length === 1 ? first : new JsonMisfit(options.map(({ name }) => name).join(' | '), value);
  };
}

function list(convert: Convert): Convert {
  return (value) => {
    if (!Array.isArray(value)) return misfit('an array', value);
    return value.map((item, index) => at(convert, item, `[${index}]`));
  };
}

function map(convert: Convert): Convert {
  return (value) => {
    if (!isObject(value)) return misfit('an object', value);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, at(convert, item, '[…]')]));
  };
}

function symbols(known: readonly string[], fallback: unknown): Convert {
  const set = new Set<unknown>(known);
  return (value) => {
    if (set.has(value)) return value;
    return typeof value === 'string' && fallback !== undefined ? fallback : misfit(`one of ${known.join(', ')}`, value);
  };
}

function fixed({ size, logicalType }: AvroJson): Convert {
  // Both are texts in JS; whether they fit is checked when the value is next written.
  if (logicalType === 'decimal') return scalarConverter('bytes', { longs: 'number', logicalType }) ?? String;
  if (logicalType === 'uuid') return (value) => (typeof value === 'string' ? value : misfit('a UUID', value));
  return (value) => {
    if (typeof value !== 'string' || value.length !== size) return misfit(`${size} bytes`, value);
    return Buffer.from(value, 'latin1');
  };
}

function at(convert: Convert, value: unknown, step: string): unknown {
  try {
    return convert(value);
  } catch (error) {
    throw error instanceof JsonMisfit ? error.within(step) : error;
  }
}

function branchName(branch: AvroType, namespace: string | undefined): string {
  if (typeof branch === 'string') return qualify(branch, namespace);
  if (isUnion(branch)) return 'union';
  if (branch.name !== undefined) return qualify(branch.name, branch.namespace ?? namespace);
  return typeof branch.type === 'string' ? branch.type : branchName(branch.type, namespace);
}

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

function qualify(name: string, namespace: string | undefined): string {
  return name.includes('.') || !namespace || PRIMITIVES.has(name) ? name : `${namespace}.${name}`;
}

/** What avsc tells apart by looking at a JS value. */
function bucketOf(type: string): string {
  if (type === 'int' || type === 'long' || type === 'float' || type === 'double') return 'number';
  if (type === 'bytes' || type === 'fixed') return 'buffer';
  if (type === 'enum') return 'string';
  return type === 'map' || type === 'record' || type === 'error' ? 'object' : type;
}

function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function misfit(expected: string, got: unknown): never {
  throw new JsonMisfit(expected, got);
}
