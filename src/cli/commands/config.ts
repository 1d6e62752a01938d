import { Command } from 'commander';
import { stringify } from 'yaml';

import { hideSecrets } from '../config/hide-secrets.ts';
import { configOf, wholeNumber, type ConfigFlags } from '../flags.ts';
import { loadApp } from '../load-app.ts';
import type { CommandSurroundings } from '../program.ts';
import { withClusterFlags } from './start.ts';

export function configCommand({ environment, folder, terminal }: CommandSurroundings): Command {
  return withClusterFlags(new Command('config'))
    .description('Check the configuration and print it as it will be used, with secrets hidden.')
    .option('--app <name or path>', "check and print this application's section too")
    .option('--port <n>', 'health.port', wholeNumber)
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ConfigFlags & { readonly app?: string }>();
      const config = await configOf(flags, environment);
      if (flags.app === undefined) {
        terminal.out(stringify(hideSecrets(config)));
        return;
      }
      const app = await loadApp(flags.app, folder);
      const section = config.apps[app.name] ?? {};
      const apps = { [app.name]: app.parseConfig ? app.parseConfig(section) : section };
      terminal.out(stringify(hideSecrets({ ...config, apps })));
    });
}
