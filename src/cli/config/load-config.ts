import type { z } from 'zod';

import { StreamsError } from '../../core/errors.ts';
import { environmentLayer, type Environment } from './environment.ts';
import { fileLayer } from './file.ts';
import { knownKeys } from './known-keys.ts';
import { mergeValues, originOf, type ConfigLayer, type ConfigValues } from './layer.ts';
import { configSchema, type CommandConfig } from './schema.ts';
import { suggestion } from './suggestion.ts';

export interface ConfigSources {
  /** Later files win over earlier ones. */
  readonly files: readonly string[];
  readonly environment: Environment;
  /** Settings by flag; the key of `names` is the path with dots. */
  readonly flags: { readonly values: ConfigValues; readonly names: Readonly<Record<string, string>> };
}

/** What was set, and where. */
export interface LoadedConfig {
  readonly config: CommandConfig;
  /** Files, then the environment, then flags: later ones win. */
  readonly layers: readonly ConfigLayer[];
}

/**
 * Files, then the environment, then flags, checked as a whole.
 *
 * @throws CONFIG_INVALID with every wrong setting and where it was written
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const { values, names } = sources.flags;
  const layers: ConfigLayer[] = [
    ...(await Promise.all(sources.files.map(fileLayer))),
    await environmentLayer(sources.environment),
    { values, origin: (path) => names[path.join('.')] ?? 'the command line' },
  ];
  return { config: check(layers), layers };
}

function check(layers: readonly ConfigLayer[]): CommandConfig {
  const merged = layers.reduce<ConfigValues>((all, layer) => mergeValues(all, layer.values), {});
  const checked = configSchema.safeParse(merged);
  if (checked.success) return checked.data;
  const problems = checked.error.issues.flatMap((issue) => describeIssue(issue, layers));
  throw new StreamsError('CONFIG_INVALID', problems.join('; '), { cause: checked.error });
}

function describeIssue(issue: z.core.$ZodIssue, layers: readonly ConfigLayer[]): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'invalid_union') {
    const found = issue.errors.find((problems) => problems.some(({ code }) => code === 'unrecognized_keys'));
    const nested = found?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
    if (nested) return nested.flatMap((inner) => describeIssue(inner, layers));
  }
  if (issue.code !== 'unrecognized_keys')
    return [
      `${place(path, layers)}: ${issue.message.replace(/^Invalid input: expected (\w+), received undefined$/, 'is missing')}`,
    ];
  const known = knownKeys(configSchema, issue.path);
  return issue.keys.map((key) => `${place([...path, key], layers)}: there is no such setting${suggestion(key, known)}`);
}

function place(path: readonly string[], layers: readonly ConfigLayer[]): string {
  const origin = originOf(layers, path);
  return origin === null ? path.join('.') : `${path.join('.')} (${origin})`;
}
