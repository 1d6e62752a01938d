import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Command } from 'commander';
import { stringify } from 'yaml';

import { StreamsError } from '../../core/errors.ts';
import type { SampleFaults } from '../../runtime/define-app.ts';
import { Closers } from '../closers.ts';
import { existingDataDir } from '../data-dir.ts';
import { configOf, type ConfigFlags } from '../flags.ts';
import { loadApp } from '../load-app.ts';
import { openSample } from '../open-sample.ts';
import type { CommandSurroundings } from '../program.ts';
import { Reporter } from '../reporter.ts';
import { aborted } from '../run-app.ts';
import { sampleSize, withClusterFlags, withSampleFlags } from './start.ts';

interface SampleFlags extends ConfigFlags {
  readonly app: string;
  readonly keep?: boolean;
  readonly events: number;
  readonly seed: number;
  readonly faults?: SampleFaults;
}

const HELP = `
Writes <data-dir>/sample.yaml, the settings under which the application finds the simulated services, and
<data-dir>/expected.json, what it should leave. Then, in another terminal:
  topology start --app claimx --config prod.yaml --config <data-dir>/sample.yaml`;

export function sampleCommand(surroundings: CommandSurroundings): Command {
  return withSampleFlags(withClusterFlags(new Command('sample')))
    .description("Send an application's sample input to the configured cluster, and run its simulated services.")
    .requiredOption('--app <name or path>', 'a built-in application, or the path of a module')
    .option('--keep', 'keep the simulated services running until Ctrl-C')
    .addHelpText('after', HELP)
    .action(async (_flags: unknown, command: Command) => {
      const closers = new Closers();
      try {
        await sample(command.optsWithGlobals<SampleFlags>(), surroundings, closers);
      } finally {
        await closers.close();
      }
    });
}

async function sample(flags: SampleFlags, surroundings: CommandSurroundings, closers: Closers): Promise<void> {
  const { environment, folder, terminal, openCluster, stop } = surroundings;
  const app = await loadApp(flags.app, folder);
  if (!app.sample) throw new StreamsError('APP_INVALID', `${app.name} has no sample input`);
  const config = await configOf(flags, environment);
  const dataDir = await existingDataDir(config.dataDir);
  const { logger } = new Reporter(terminal, config.logging);

  const cluster = await openCluster(config, false, { serveRegistry: true });
  closers.add(() => cluster.close());
  const client = await cluster.client('topology-sample');
  const size = sampleSize(flags);
  const opened = await openSample(app, { cluster, client, logger, dataDir, size });
  if (!opened) return;
  closers.add(() => opened.close());

  const file = join(dataDir, 'sample.yaml');
  const registry = cluster.registryUrl === null ? {} : { registry: { url: cluster.registryUrl } };
  await writeFile(file, stringify({ dataDir, ...registry, apps: { [app.name]: opened.config } }), { mode: 0o600 });
  await opened.produce();
  terminal.out(`${flags.events} sample events of ${app.name} are sent; settings for the application: ${file}\n`);
  if (!flags.keep) return;
  terminal.out('The simulated services run until Ctrl-C.\n');
  await aborted(stop);
}
