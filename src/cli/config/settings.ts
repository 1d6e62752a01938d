/** The part of JSON Schema that the schemas of settings use. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

export type SettingType = 'text' | 'number' | 'boolean' | 'list' | 'map';

/** One value that can be set. */
export interface Setting {
  readonly path: readonly string[];
  /** More than one where a schema allows a choice, such as `tls`: true or its parts. */
  readonly types: readonly SettingType[];
  /** The only values that it may have; empty: any of its type. */
  readonly values: readonly unknown[];
  readonly default: unknown;
  readonly description: string;
}

/** Each setting of a schema, in its order. What several variants have (the kinds of a credential) is one setting. */
export function settingsOf(schema: JsonSchema, prefix: readonly string[] = []): Setting[] {
  const found = new Map<string, Setting>();
  for (const setting of collect(schema, prefix)) {
    const key = setting.path.join('.');
    const there = found.get(key);
    found.set(key, there ? joined(there, setting) : setting);
  }
  return [...found.values()];
}

function* collect(schema: JsonSchema, path: readonly string[]): Generator<Setting> {
  const variants = schema.anyOf ?? schema.oneOf ?? [schema];
  const leaves = variants.filter(({ properties }) => properties === undefined);
  if (leaves.length > 0 && path.length > 0) yield settingAt(path, schema, leaves);
  for (const variant of variants) {
    for (const [key, child] of Object.entries(variant.properties ?? {})) yield* collect(child, [...path, key]);
  }
}

function settingAt(path: readonly string[], schema: JsonSchema, leaves: readonly JsonSchema[]): Setting {
  return {
    path,
    types: unique(leaves.map(typeOf)),
    values: leaves.flatMap((leaf) => leaf.enum ?? (leaf.const === undefined ? [] : [leaf.const])),
    default: schema.default,
    description: schema.description ?? '',
  };
}

const TYPES: Readonly<Record<string, SettingType>> = {
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  array: 'list',
  object: 'map',
};

function typeOf({ type = 'string' }: JsonSchema): SettingType {
  return TYPES[type] ?? 'text';
}

function joined(a: Setting, b: Setting): Setting {
  return {
    path: a.path,
    types: unique([...a.types, ...b.types]),
    values: unique([...a.values, ...b.values]),
    default: a.default ?? b.default,
    description: a.description || b.description,
  };
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
