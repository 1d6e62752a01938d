import { Command } from 'commander';

import { BUILT_IN_APPS } from '../built-in-apps.ts';
import type { CommandSurroundings } from '../program.ts';

export function appsCommand({ terminal }: CommandSurroundings): Command {
  return new Command('apps').description('List the built-in applications and their stages.').action(async () => {
    for (const { load } of Object.values(BUILT_IN_APPS)) {
      const { name, description, stages, sources = [] } = await load();
      terminal.out(`${name}  ${description}\n`);
      const parts = [...sources, ...stages];
      const width = Math.max(...parts.map((part) => part.name.length));
      for (const stage of parts) {
        const port = 'healthPort' in stage ? `, port ${stage.healthPort}` : '';
        terminal.out(`  ${stage.name.padEnd(width)}  ${stage.description ?? ''} (${stage.applicationId}${port})\n`);
      }
    }
    terminal.out(
      '\nOne of your own: topology start --app ./my-app.mjs (a module whose default export is defineApp(…)).\n',
    );
  });
}
