import { Command } from 'commander';

import { collect, configOf, wholeNumber, type ConfigFlags } from '../flags.ts';
import { loadApp } from '../load-app.ts';
import { prefixedApp } from '../prefixed-app.ts';
import type { CommandSurroundings } from '../program.ts';
import { runSources, selectSources } from '../run-sources.ts';
import { withClusterFlags } from './start.ts';

interface PollFlags extends ConfigFlags {
  readonly app: string;
  readonly source?: readonly string[];
}

const HELP = `
Where a source stands is kept in Kafka, in the same transaction as its records: readers of committed records find each
row once, whatever crashes. One process polls a source; another one that starts takes over, and the first one ends.

Example:
  topology poll --app claimx --config prod.yaml`;

export function pollCommand(surroundings: CommandSurroundings): Command {
  return withClusterFlags(new Command('poll'))
    .description('Bring what is new in systems outside of Kafka into the topics of an application.')
    .requiredOption('--app <name or path>', 'a built-in application, or the path of a module')
    .option('--source <name>', 'poll this source; repeat it for more (default: all)', collect)
    .option('--port <n>', 'health and metrics (health.port, default 8080; 0: any free one)', wholeNumber)
    .addHelpText('after', HELP)
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<PollFlags>();
      const loaded = await loadApp(flags.app, surroundings.folder);
      const config = await configOf(flags, surroundings.environment);
      const app = prefixedApp(loaded, config);
      const sources = selectSources(app, flags.source ?? []);
      await runSources({ app, sources, config }, surroundings);
    });
}
