import { join } from 'node:path';

import { resolveConfig } from '../../runtime/config.ts';
import { isObject, mergeValues, valueAt, type ConfigValues } from './layer.ts';
import type { CommandConfig } from './schema.ts';
import { settingsOf, type JsonSchema } from './settings.ts';

/**
 * The configuration with every default filled in, those of the runtime too: what a stage that asks for nothing else runs
 * with. Sections that are only there when somebody configures them, such as `kafka`, stay away otherwise.
 *
 * @throws CONFIG_INVALID for settings of `streams` that do not go together
 */
export function effectiveConfig(config: CommandConfig, schema: JsonSchema): ConfigValues {
  const { streams, dataDir } = config;
  const sections = schema.properties ?? {};
  const defaults = settingsOf({ properties: Object.fromEntries(present(sections, config)) })
    .filter((setting) => setting.default !== undefined)
    .reduce<ConfigValues>((all, setting) => mergeValues(all, valueAt(setting.path, setting.default)), {});
  // The default of one may depend on another, so the runtime is asked. It has a module for threads where it runs.
  const { commitIntervalMs } = resolveConfig({
    ...streams,
    numStreamThreads: 1,
    applicationId: 'any',
    kafka: { brokers: [] },
  });
  const known = { streams: { stateDir: join(dataDir, 'state'), commitIntervalMs } };
  return ordered(mergeValues(mergeValues(defaults, known), config), schema);
}

/** Keys in the order of the schema. */
function ordered(values: ConfigValues, { properties = {} }: JsonSchema): ConfigValues {
  const place = Object.keys(properties);
  const sorted = Object.entries(values).sort(([a], [b]) => place.indexOf(a) - place.indexOf(b));
  return Object.fromEntries(
    sorted.map(([key, value]) => [key, isObject(value) ? ordered(value, properties[key] ?? {}) : value]),
  );
}

function present(sections: Readonly<Record<string, JsonSchema>>, config: CommandConfig): [string, JsonSchema][] {
  // Choices, such as the kinds of credentials, have no defaults; `apps` are checked and completed by themselves.
  return Object.entries(sections).filter(([name]) => name !== 'apps' && name in config);
}
