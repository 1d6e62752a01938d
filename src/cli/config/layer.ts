/** One source of settings: a file, the environment or the flags. */
export interface ConfigLayer {
  readonly values: ConfigValues;
  /** Where a setting of this layer was written, for messages: `config.yaml`, `KAFKA_BOOTSTRAP_SERVERS`, `--port`. */
  readonly origin: (path: readonly string[]) => string;
}

export type ConfigValues = { readonly [key: string]: unknown };

/** The values of all layers, later ones over earlier ones; objects are merged, all else is replaced. */
export function mergeValues(base: ConfigValues, over: ConfigValues): ConfigValues {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const there = merged[key];
    merged[key] = isObject(there) && isObject(value) ? mergeValues(there, value) : value;
  }
  return merged;
}

/** Where a setting comes from: the last layer that has it. */
export function originOf(layers: readonly ConfigLayer[], path: readonly string[]): string | null {
  for (let length = path.length; length > 0; length--) {
    const part = path.slice(0, length);
    const layer = layers.findLast(({ values }) => has(values, part));
    if (layer) return layer.origin(part);
  }
  return null;
}

/** Where exactly this setting was written; null where nobody wrote it. */
export function writtenAt(layers: readonly ConfigLayer[], path: readonly string[]): string | null {
  return layers.findLast(({ values }) => has(values, path))?.origin(path) ?? null;
}

export function valueAt(path: readonly string[], value: unknown): ConfigValues {
  const [head = '', ...rest] = path;
  return { [head]: rest.length === 0 ? value : valueAt(rest, value) };
}

export function isObject(value: unknown): value is ConfigValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function has(values: ConfigValues, path: readonly string[]): boolean {
  let here: unknown = values;
  for (const key of path) {
    if (!isObject(here) || !Object.hasOwn(here, key)) return false;
    here = here[key];
  }
  return true;
}
