import { parse } from 'yaml';

import { StreamsError } from '../../core/errors.ts';
import { settingPaths } from './known-keys.ts';
import { mergeValues, originOf, valueAt, type ConfigLayer, type ConfigValues } from './layer.ts';
import { configSchema } from './schema.ts';
import { suggestion } from './suggestion.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'TOPOLOGY_';

/** Names that were there before this command, and the setting that each one is. */
const KNOWN_NAMES: Readonly<Record<string, readonly string[]>> = {
  KAFKA_BOOTSTRAP_SERVERS: ['kafka', 'brokers'],
  SCHEMA_REGISTRY_URL: ['registry', 'url'],
  CLAIMX_API_URL: ['apps', 'claimx', 'api', 'url'],
  CLAIMX_API_TOKEN: ['apps', 'claimx', 'api', 'token'],
  CLAIMX_API_USERNAME: ['apps', 'claimx', 'api', 'username'],
  CLAIMX_API_PASSWORD: ['apps', 'claimx', 'api', 'password'],
  CLAIMX_API_CONCURRENCY: ['apps', 'claimx', 'api', 'maxConcurrent'],
  CLAIMX_API_MAX_CONCURRENT: ['apps', 'claimx', 'api', 'maxConcurrent'],
  CLAIMX_API_TIMEOUT_SECONDS: ['apps', 'claimx', 'api', 'timeoutMs'],
  ONELAKE_CLAIMX_PATH: ['apps', 'claimx', 'lake', 'files'],
};

/**
 * Settings of the environment: `TOPOLOGY_` and the path in capitals (`TOPOLOGY_STREAMS_COMMIT_INTERVAL_MS`),
 * `TOPOLOGY_APPS_<NAME>` with a whole section as JSON, and the older names above, which the new ones override.
 *
 * @throws CONFIG_INVALID for a `TOPOLOGY_` name that is no setting
 */
export function environmentLayer(environment: Environment): ConfigLayer {
  const names = new Map(settingPaths(configSchema).map((path) => [environmentName(path), path]));
  const layers: ConfigLayer[] = [];
  const set = (name: string, path: readonly string[], value: unknown) =>
    layers.push({ values: valueAt(path, value), origin: () => name });

  for (const [name, path] of Object.entries(KNOWN_NAMES)) {
    const text = environment[name];
    if (text !== undefined && text !== '')
      set(name, path, name.endsWith('_SECONDS') ? seconds(text) : value(path, text));
  }
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || text === undefined || text === '') continue;
    const app = /^TOPOLOGY_APPS_(\w+)$/.exec(name)?.[1];
    const path = app === undefined ? names.get(name) : ['apps', app.toLowerCase().replaceAll('_', '-')];
    if (!path) {
      const hint = suggestion(name, [...names.keys()]);
      throw new StreamsError('CONFIG_INVALID', `the environment variable ${name} is no setting${hint}`);
    }
    set(name, path, value(path, text));
  }
  const values = layers.reduce<ConfigValues>((all, layer) => mergeValues(all, layer.values), {});
  return { values, origin: (path) => originOf(layers, path) ?? 'the environment' };
}

/** `kafka.clientId` is `TOPOLOGY_KAFKA_CLIENT_ID`. */
function environmentName(path: readonly string[]): string {
  return PREFIX + path.map((key) => key.replaceAll(/[A-Z]/g, '_$&').toUpperCase()).join('_');
}

/** Numbers, booleans and JSON as what they are; brokers as a list; passwords and the like never guessed at. */
function value(path: readonly string[], text: string): unknown {
  const key = path.at(-1);
  if (key === 'brokers') return text.split(',').map((part) => part.trim());
  if (path[0] === 'apps' && path.length === 2) return parse(text);
  if (/^-?\d+$/.test(text) && /(Ms|Bytes|port|Factor|Concurrent)$/.test(key ?? '')) return Number(text);
  if (/^(true|false)$/.test(text)) return text === 'true';
  return text;
}

function seconds(text: string): unknown {
  return Number.isFinite(Number(text)) ? Number(text) * 1000 : text;
}
