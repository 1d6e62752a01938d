import { parse } from 'yaml';

import { StreamsError } from '../../core/errors.ts';
import type { AppDefinition } from '../../runtime/define-app.ts';
import { BUILT_IN_APPS } from '../built-in-apps.ts';
import { commandSchema } from './command-schema.ts';
import { isObject, mergeValues, originOf, valueAt, type ConfigLayer, type ConfigValues } from './layer.ts';
import { settingsOf, type Setting } from './settings.ts';
import { suggestion } from './suggestion.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'TOPOLOGY_';
const APPS_PREFIX = `${PREFIX}APPS_`;

/** Names that were there before this command, and the setting that each one is. */
export const OLDER_NAMES: Readonly<Record<string, readonly string[]>> = {
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
 * Settings of the environment: `TOPOLOGY_` and the path in capitals (`TOPOLOGY_STREAMS_COMMIT_INTERVAL_MS`), those of
 * built-in applications too (`TOPOLOGY_APPS_CLAIMX_API_TOKEN`); `TOPOLOGY_APPS_<NAME>` with a whole section as JSON; and
 * the older names above, which the new ones override.
 *
 * @throws CONFIG_INVALID for a `TOPOLOGY_` name that is no setting
 */
export async function environmentLayer(environment: Environment): Promise<ConfigLayer> {
  const given = Object.entries(environment).flatMap(([name, text]) =>
    text === undefined || text === '' ? [] : [[name, text] as const],
  );
  const apps = await namedApps(given.map(([name]) => name));
  const settings = settingsOf(commandSchema(apps));
  const byName = new Map(settings.map((setting) => [environmentName(setting.path), setting]));
  const layers: ConfigLayer[] = [];
  const set = (name: string, path: readonly string[], value: unknown) =>
    layers.push({ values: valueAt(path, value), origin: () => name });

  for (const [name, text] of given) {
    const path = OLDER_NAMES[name];
    if (path) set(name, path, name.endsWith('_SECONDS') ? seconds(text) : olderValue(path, text));
  }
  for (const [name, text] of given.filter(([name]) => name.startsWith(PREFIX)).sort(sectionsFirst)) {
    const setting = byName.get(name);
    const app = setting ? undefined : sectionName(name, apps);
    if (setting) set(name, setting.path, valueOf(setting, text));
    else if (app !== undefined) set(name, ['apps', app], sectionValue(name, text));
    else throw unknownName(name, [...byName.keys()]);
  }
  const values = layers.reduce<ConfigValues>((all, layer) => mergeValues(all, layer.values), {});
  return { values, origin: (path) => originOf(layers, path) ?? 'the environment' };
}

/** `kafka.clientId` is `TOPOLOGY_KAFKA_CLIENT_ID`. */
export function environmentName(path: readonly string[]): string {
  const words = path.map((key) => key.replaceAll(/[A-Z]/g, '_$&').replaceAll('-', '_').toUpperCase());
  return PREFIX + words.join('_');
}

/** The built-in applications with a setting among the names: only these are loaded. */
function namedApps(names: readonly string[]): Promise<AppDefinition[]> {
  const wanted = Object.entries(BUILT_IN_APPS).filter(([app]) =>
    names.some((name) => name.startsWith(`${environmentName(['apps', app])}_`)),
  );
  return Promise.all(wanted.map(([, { load }]) => load()));
}

/** The application whose whole section a name is; a name below one of `apps` would have to be one of its settings. */
function sectionName(name: string, apps: readonly AppDefinition[]): string | undefined {
  if (!name.startsWith(APPS_PREFIX)) return undefined;
  if (apps.some((app) => name.startsWith(`${environmentName(['apps', app.name])}_`))) return undefined;
  return name.slice(APPS_PREFIX.length).toLowerCase().replaceAll('_', '-');
}

/** Single settings win over a section that has them too. */
function sectionsFirst([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

function unknownName(name: string, known: readonly string[]): StreamsError {
  return new StreamsError('CONFIG_INVALID', `the environment variable ${name} is no setting${suggestion(name, known)}`);
}

/** The text as what the schema expects; where it is not that, as it is, for the check to refuse it by name. */
function valueOf({ types }: Setting, text: string): unknown {
  if (types.includes('boolean') && /^(true|false)$/.test(text)) return text === 'true';
  if (types.includes('number') && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  if (types.includes('list')) return listOf(text);
  if (types.includes('map')) return parsed(text);
  return text;
}

/** `a,b`, or JSON. */
function listOf(text: string): unknown {
  return text.startsWith('[') ? parsed(text) : text.split(',').map((part) => part.trim());
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return text;
  }
}

function sectionValue(name: string, text: string): unknown {
  const section = parsed(text);
  if (isObject(section)) return section;
  throw new StreamsError('CONFIG_INVALID', `${name}: expected the settings of an application as JSON`);
}

function olderValue(path: readonly string[], text: string): unknown {
  if (path.at(-1) === 'brokers') return listOf(text);
  return /^\d+$/.test(text) && path.at(-1) === 'maxConcurrent' ? Number(text) : text;
}

function seconds(text: string): unknown {
  return Number.isFinite(Number(text)) ? Number(text) * 1000 : text;
}
