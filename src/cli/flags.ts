import { InvalidArgumentError } from 'commander';

import { loadConfig, type LoadedConfig } from './config/load-config.ts';
import type { CommandConfig } from './config/schema.ts';
import type { Environment } from './config/environment.ts';
import { mergeValues, valueAt, type ConfigValues } from './config/layer.ts';

/** Flags that are settings, and which. */
export const SETTING_FLAGS: Readonly<Record<string, { readonly flag: string; readonly path: readonly string[] }>> = {
  brokers: { flag: '--brokers', path: ['kafka', 'brokers'] },
  registry: { flag: '--registry', path: ['registry', 'url'] },
  dataDir: { flag: '--data-dir', path: ['dataDir'] },
  threads: { flag: '--threads', path: ['streams', 'numStreamThreads'] },
  port: { flag: '--port', path: ['health', 'port'] },
  queries: { flag: '--queries', path: ['health', 'queries'] },
  logLevel: { flag: '--log-level', path: ['logging', 'level'] },
};

export interface ConfigFlags {
  readonly config?: readonly string[];
  readonly [flag: string]: unknown;
}

/** The configuration of a command: files named by `--config`, the environment, and the flags that are settings. */
export async function configOf(flags: ConfigFlags, environment: Environment): Promise<CommandConfig> {
  return (await loadedConfig(flags, environment)).config;
}

/** The same, with where each setting was written. */
export function loadedConfig(flags: ConfigFlags, environment: Environment): Promise<LoadedConfig> {
  let values: ConfigValues = {};
  const names: Record<string, string> = {};
  for (const [key, { flag, path }] of Object.entries(SETTING_FLAGS)) {
    if (flags[key] === undefined) continue;
    values = mergeValues(values, valueAt(path, flags[key]));
    names[path.join('.')] = flag;
  }
  return loadConfig({ files: flags.config ?? [], environment, flags: { values, names } });
}

/** For repeatable flags. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

export function list(value: string): string[] {
  return value.split(',').map((part) => part.trim());
}

export function wholeNumber(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(value);
}
