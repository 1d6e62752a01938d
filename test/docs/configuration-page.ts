import { environmentName, OLDER_NAMES } from '../../src/cli/config/environment.ts';
import type { JsonSchema, Setting } from '../../src/cli/config/settings.ts';
import { settingsOf } from '../../src/cli/config/settings.ts';

const HEAD = `# Configuration

Every setting of the \`topology\` command and of the applications that are built in. This page is written from the schema that
the command checks by (\`topology config --schema\`); \`npx vitest run test/docs -u\` writes it anew.

Settings come from \`--config\` files (YAML or JSON, later files win), then the environment, then flags. In the environment a
setting is \`TOPOLOGY_\` and its path in capitals: \`streams.commitIntervalMs\` is \`${environmentName(['streams', 'commitIntervalMs'])}\`,
\`apps.claimx.api.token\` is \`${environmentName(['apps', 'claimx', 'api', 'token'])}\`. Lists are written with commas, maps as JSON.
\`TOPOLOGY_APPS_<NAME>\` takes the whole section of an application as JSON, one of your own too. A name that is no setting is
refused, wherever it stands. \`topology config --app claimx --config prod.yaml\` prints what comes of it all, with where each value was
set, and hides secrets.

The unit of a number is the end of its name: \`…Ms\` are milliseconds, \`…Bytes\` bytes. What has no default is not set unless
somebody sets it.
`;

/** The page for people, from the schema. */
export function configurationPage(schema: JsonSchema, flags: ReadonlyMap<string, string>): string {
  const settings = settingsOf(schema);
  const parts = [
    HEAD,
    section(
      'The command',
      settings.filter(({ path }) => path.length === 1),
      flags,
    ),
    ...['kafka', 'registry', 'azure', 'streams', 'health', 'logging'].map((name) =>
      section(
        `\`${name}\``,
        settings.filter(({ path }) => path[0] === name),
        flags,
      ),
    ),
    ...Object.keys(schema.properties?.['apps']?.properties ?? {}).map((app) =>
      section(
        `\`apps.${app}\``,
        settings.filter(({ path }) => path[0] === 'apps' && path[1] === app),
        flags,
      ),
    ),
    `## Older names in the environment\n\nThey are read as well; the names above win.\n\n${table(
      ['name', 'setting'],
      Object.entries(OLDER_NAMES).map(([name, path]) => [
        `\`${name}\``,
        `\`${path.join('.')}\`${name.endsWith('_SECONDS') ? ', in seconds' : ''}`,
      ]),
    )}`,
  ];
  return `${parts.join('\n').trimEnd()}\n`;
}

function section(title: string, settings: readonly Setting[], flags: ReadonlyMap<string, string>): string {
  const depth = title.startsWith('`apps.') ? 2 : title === 'The command' ? 0 : 1;
  const rows = settings.map((setting) => {
    const flag = flags.get(setting.path.join('.'));
    return [
      `\`${setting.path.slice(depth).join('.')}\``,
      typeText(setting),
      setting.default === undefined ? '' : `\`${JSON.stringify(setting.default)}\``,
      `${setting.description.replaceAll('|', '\\|')}${flag === undefined ? '' : ` (\`${flag}\`)`}`,
    ];
  });
  return `## ${title}\n\n${table(['setting', 'type', 'default', 'meaning'], rows)}`;
}

function typeText({ values, types }: Setting): string {
  return values.length > 0 ? values.map((value) => `\`${String(value)}\``).join(' ') : types.join(' or ');
}

/** As the formatter writes tables: columns padded to their widest cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) => Math.max(3, name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |\n`;
  return line(head) + line(widths.map((width) => '-'.repeat(width))) + rows.map(line).join('');
}
