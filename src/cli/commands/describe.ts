import { writeFile } from 'node:fs/promises';

import { Command, Option } from 'commander';

import type { AppDefinition } from '../../runtime/define-app.ts';
import { renderAppDot } from '../../topology/render/dot.ts';
import { renderAppJson } from '../../topology/render/json.ts';
import { renderAppMermaid } from '../../topology/render/mermaid.ts';
import { renderAppSvg } from '../../topology/render/svg.ts';
import { stagePlans, type BuiltStage } from '../build-stages.ts';
import { describeApp } from '../describe-app.ts';
import { collect, configOf, type ConfigFlags } from '../flags.ts';
import { loadApp } from '../load-app.ts';
import type { CommandSurroundings } from '../program.ts';
import { withStages } from '../stages-for-look.ts';

type Format = 'text' | 'mermaid' | 'dot' | 'svg' | 'json';

interface DescribeFlags extends ConfigFlags {
  readonly app: string;
  readonly stage?: readonly string[];
  readonly format: Format;
  readonly output?: string;
}

const HELP = `
text is Kafka Streams' own description of each stage, and what flows between them; the other formats are one diagram
of all stages, joined by their topics. Nothing is connected to, so this works without a cluster.

Examples:
  topology describe --app claimx
  topology describe --app claimx --stage enricher --format mermaid
  topology describe --app ./my-app.mjs --format svg -o my-app.svg`;

export function describeCommand(surroundings: CommandSurroundings): Command {
  return new Command('describe')
    .description('Print the topology of an application, for a review.')
    .requiredOption('--app <name or path>', 'a built-in application, or the path of a module')
    .option('--stage <name>', 'only this stage; repeat it for more', collect)
    .addOption(new Option('--format <format>').choices(['text', 'mermaid', 'dot', 'svg', 'json']).default('text'))
    .option('-o, --output <file>', 'write it there instead of to standard output')
    .option('--config <file>', 'settings that the topology depends on', collect)
    .addHelpText('after', HELP)
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<DescribeFlags>();
      const text = await describe(flags, surroundings);
      if (flags.output === undefined) surroundings.terminal.out(text);
      else await writeFile(flags.output, text);
    });
}

async function describe(flags: DescribeFlags, { environment, folder }: CommandSurroundings): Promise<string> {
  const config = await configOf({ config: flags.config ?? [] }, environment);
  const app = await loadApp(flags.app, folder);
  return withStages({ app: flags.app, stages: flags.stage ?? [], folder, config }, (built) =>
    render(app, built, flags.format),
  );
}

async function render(app: AppDefinition, built: readonly BuiltStage[], format: Format): Promise<string> {
  const plans = stagePlans(built);
  const title = { title: app.name };
  switch (format) {
    case 'text':
      return describeApp(app, built);
    case 'mermaid':
      return renderAppMermaid(plans, title);
    case 'dot':
      return renderAppDot(plans, title);
    case 'svg':
      return renderAppSvg(plans, title);
    case 'json':
      return `${JSON.stringify(renderAppJson(plans), null, 2)}\n`;
  }
}
