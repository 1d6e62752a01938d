import { Command } from 'commander';

import type { AppDefinition, Stage } from '../../runtime/define-app.ts';
import { BUILT_IN_APPS } from '../built-in-apps.ts';
import { annotatedYaml } from '../config/annotated-yaml.ts';
import { commandSchema } from '../config/command-schema.ts';
import { effectiveConfig } from '../config/effective-config.ts';
import { hideSecrets } from '../config/hide-secrets.ts';
import { type ConfigValues, isObject, writtenAt } from '../config/layer.ts';
import { collect, loadedConfig, wholeNumber, type ConfigFlags } from '../flags.ts';
import { loadApp } from '../load-app.ts';
import { prefixedApp } from '../prefixed-app.ts';
import type { CommandSurroundings } from '../program.ts';
import { DEFAULT_PORT } from '../status-server.ts';
import { withClusterFlags } from './start.ts';

interface ShowFlags extends ConfigFlags {
  readonly app?: readonly string[];
  readonly schema?: boolean;
  readonly json?: boolean;
}

const HELP = `
Behind each value stands where it comes from: the file, the environment variable or the flag, or that it is a default.
What is printed is YAML and can be used as a file of settings, once the hidden secrets are put in. Nothing is connected to.

With --schema the JSON Schema of such a file is printed, with meanings and defaults: editors complete and check by it.

Examples:
  topology config --app claimx --config prod.yaml
  topology config --app claimx --config prod.yaml --json
  topology config --schema > topology.schema.json          and in the file, for editors with the YAML language server:
                                                           # yaml-language-server: $schema=./topology.schema.json`;

export function configCommand(surroundings: CommandSurroundings): Command {
  return withClusterFlags(new Command('config'))
    .description('Check the configuration, and print it as it will be used and where each value comes from.')
    .option('--app <name or path>', "check and print this application's section too; repeat it for more", collect)
    .option('--threads <n>', 'streams.numStreamThreads', wholeNumber)
    .option('--port <n>', 'health.port', wholeNumber)
    .option('--queries', 'health.queries')
    .option('--json', 'print each setting with its value and origin, as JSON')
    .option('--schema', 'print the schema of a file of settings, and nothing of what is configured')
    .addHelpText('after', HELP)
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ShowFlags>();
      surroundings.terminal.out(
        await (flags.schema === true ? schemaText(flags, surroundings) : show(flags, surroundings)),
      );
    });
}

/** Of all built-in applications, unless some are named. */
async function schemaText({ app: names }: ShowFlags, { folder }: CommandSurroundings): Promise<string> {
  const apps = await Promise.all((names ?? Object.keys(BUILT_IN_APPS)).map((name) => loadApp(name, folder)));
  return `${JSON.stringify(commandSchema(apps), null, 2)}\n`;
}

async function show(
  { app: names = [], json, ...flags }: ShowFlags,
  { environment, folder }: CommandSurroundings,
): Promise<string> {
  const { config, layers } = await loadedConfig(flags, environment);
  const apps = await Promise.all(names.map(async (name) => prefixedApp(await loadApp(name, folder), config)));
  const sections = apps.map(({ name, parseConfig }): [string, unknown] => {
    const section = config.apps[name] ?? {};
    return [name, parseConfig ? parseConfig(section) : section];
  });
  const effective = effectiveConfig(config, commandSchema([]));
  const values = hideSecrets(
    apps.length === 0 ? effective : { ...effective, apps: Object.fromEntries(sections) },
  ) as ConfigValues;
  const originOf = (path: readonly string[]): string => writtenAt(layers, path) ?? 'default';
  if (json === true) return `${JSON.stringify(Object.fromEntries(entries(values, [], originOf)), null, 2)}\n`;
  return annotatedYaml(values, originOf) + apps.map((app) => stagesText(app, config.streams)).join('');
}

/** What of the above is otherwise in some stages. */
function stagesText({ name, stages }: AppDefinition, configured: object): string {
  const rows = stages.map((stage) => [
    stage.name,
    stage.applicationId,
    String(stage.healthPort ?? DEFAULT_PORT),
    ownSettings(stage, configured),
  ]);
  const table = [['stage', 'application id', 'port alone', 'in place of the defaults above'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `\n# The stages of ${name}:\n${lines.map((line) => `#   ${line}\n`).join('')}`;
}

function ownSettings({ streams = {} }: Stage, configured: object): string {
  return Object.entries(streams)
    .filter(([key, value]) => !(key in configured) && ['string', 'number', 'boolean'].includes(typeof value))
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join(', ');
}

function* entries(
  values: ConfigValues,
  path: readonly string[],
  originOf: (path: readonly string[]) => string,
): Generator<[string, { readonly value: unknown; readonly origin: string }]> {
  for (const [key, value] of Object.entries(values)) {
    const here = [...path, key];
    if (isObject(value) && Object.keys(value).length > 0) yield* entries(value, here, originOf);
    else yield [here.join('.'), { value, origin: originOf(here) }];
  }
}
