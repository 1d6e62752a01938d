import { StreamsError, messageOf } from '../core/errors.ts';
import { avroType } from './avro-type.ts';

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

/** The order in which Avro's Java library writes a schema; other attributes follow, sorted. */
const ORDER = ['name', 'type', 'doc', 'default', 'symbols', 'items', 'values', 'size', 'fields', 'order', 'aliases'];

/**
 * A schema's text in a form that is the same for two texts of one schema: full names, `"string"` for
 * `{"type":"string"}`, attributes in a fixed order. Unlike Avro's Parsing Canonical Form it keeps documentation,
 * defaults and attributes, since registries tell schemas apart by those too.
 * @throws SCHEMA_INVALID
 */
export function canonicalSchema(schema: string): string {
  avroType(schema);
  try {
    const parsed: unknown = /^\s*[a-z]+\s*$/.test(schema) ? schema.trim() : JSON.parse(schema);
    return JSON.stringify(canonical(parsed, undefined));
  } catch (error) {
    throw new StreamsError('SCHEMA_INVALID', `not a valid Avro schema: ${messageOf(error)}`, { cause: error });
  }
}

function canonical(type: unknown, namespace: string | undefined): unknown {
  if (typeof type === 'string') return qualify(type, namespace);
  if (Array.isArray(type)) return type.map((branch) => canonical(branch, namespace));
  if (!isObject(type)) return type;
  const { namespace: own, ...attributes } = type;
  const scope = typeof own === 'string' ? own : namespace;
  const result: Record<string, unknown> = { ...attributes };
  let inner = scope;
  if (typeof type['name'] === 'string') {
    const name = qualify(type['name'], scope);
    result['name'] = name;
    inner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : undefined;
  }
  const kind = type['type'];
  if (typeof kind === 'string' && PRIMITIVES.has(kind) && Object.keys(result).length === 1) return kind;
  for (const key of ['items', 'values']) if (key in type) result[key] = canonical(type[key], inner);
  if (Array.isArray(type['fields'])) {
    result['fields'] = type['fields'].map((field: unknown) =>
      isObject(field) ? sorted({ ...field, type: canonical(field['type'], inner) }) : field,
    );
  }
  return sorted(result);
}

function sorted(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const rank = (key: string): number => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
  const keys = Object.keys(attributes).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Object.fromEntries(keys.map((key) => [key, attributes[key]]));
}

function qualify(name: string, namespace: string | undefined): string {
  return name.includes('.') || !namespace || PRIMITIVES.has(name) ? name : `${namespace}.${name}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
