import { Command, Option } from 'commander';

import type { SampleFaults } from '../../runtime/define-app.ts';
import { freshDataDir, existingDataDir } from '../data-dir.ts';
import { EXIT_FAILURE } from '../failure.ts';
import { collect, configOf, list, wholeNumber, type ConfigFlags } from '../flags.ts';
import { loadApps, withJoinedSection } from '../join-apps.ts';
import { selectStages } from '../load-app.ts';
import { prefixedApp } from '../prefixed-app.ts';
import type { CommandSurroundings } from '../program.ts';
import type { SampleSize } from '../open-sample.ts';
import { runApp } from '../run-app.ts';

interface StartFlags extends ConfigFlags {
  readonly app: readonly string[];
  readonly stage?: readonly string[];
  readonly embedded?: boolean;
  readonly once?: boolean;
  readonly events: number;
  readonly seed: number;
  readonly faults?: SampleFaults;
}

const HELP = `
With --embedded everything is in this one process: broker, schema registry, the application's simulated services and
its sample input. It forgets all but the tables when it ends, and is never for production.

Ctrl-C (or SIGTERM) finishes what is in hand, commits and leaves; a second one ends at once.

With --queries whoever can reach the port can read what the stores hold: it is on loopback unless health.host says
otherwise. Instances on several machines need that, and find each other by streams.applicationServer (host:port).

Examples:
  topology start --app claimx --embedded
  topology start --app claimx --embedded --once --events 2000 --seed 7 --faults standard
  topology start --app claimx --threads 4 --config prod.yaml
  topology start --app claimx --app xact --config prod.yaml
  topology start --app claimx --stage downloader --stage uploader --config prod.yaml
  KAFKA_BOOTSTRAP_SERVERS=localhost:9092 topology start --app ./my-app.mjs`;

export function startCommand(surroundings: CommandSurroundings): Command {
  return withRunFlags(new Command('start'))
    .description('Run an application: all its stages, or some.')
    .requiredOption(
      '--app <name or path>',
      'a built-in application, or the path of a module; repeat it for more',
      collect,
    )
    .option('--stage <name>', 'run this stage; repeat it for more (default: all)', collect)
    .addHelpText('after', HELP)
    .action((_flags: unknown, command: Command) => start(command.optsWithGlobals<StartFlags>(), surroundings));
}

/** `topology claimx-enricher` is `topology start --app claimx --stage enricher`. */
export function stageCommand(
  alias: { readonly command: string; readonly app: string; readonly stage: string },
  surroundings: CommandSurroundings,
): Command {
  return withRunFlags(new Command(alias.command))
    .description(`The same as: topology start --app ${alias.app} --stage ${alias.stage}`)
    .action((_flags: unknown, command: Command) =>
      start({ ...command.optsWithGlobals<StartFlags>(), app: [alias.app], stage: [alias.stage] }, surroundings),
    );
}

/** Flags that every command which reaches a cluster has. */
export function withClusterFlags(command: Command): Command {
  return command
    .option('--config <file>', 'settings in YAML or JSON; repeat it, later files win', collect)
    .option('--brokers <host:port,…>', 'Kafka (kafka.brokers)', list)
    .option('--registry <url>', 'schema registry (registry.url)')
    .option('--data-dir <folder>', 'where state and sample tables go (dataDir, default .topology-streams)')
    .addOption(
      new Option('--log-level <level>', 'logging.level').choices(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    );
}

/** How much sample input, and which. */
export function withSampleFlags(command: Command): Command {
  return command
    .option('--events <n>', 'how many sample events', wholeNumber, 1_000)
    .option('--seed <n>', 'the same seed makes the same events', wholeNumber, 1)
    .addOption(
      new Option(
        '--faults <which>',
        'what the sample and its simulated services do wrong: all that a bad day has (errors, time-outs, 429, an outage, ' +
          'expired links, slow and oversized files, malformed events), or nothing (default: some of it)',
      ).choices(['none', 'standard']),
    );
}

export function sampleSize({ events, seed, faults }: SampleSize): SampleSize {
  return { events, seed, ...(faults === undefined ? {} : { faults }) };
}

function withRunFlags(command: Command): Command {
  command
    .option('--embedded', 'run on a broker and registry inside this process, with sample input')
    .option('--threads <n>', 'stream threads of each stage (streams.numStreamThreads, default 1)', wholeNumber)
    .option('--once', 'end when everything there is to process is through, and say whether all is as expected');
  return withSampleFlags(withClusterFlags(command))
    .option(
      '--port <n>',
      'health, metrics and the status page (health.port, default 8080, or the port of a stage that runs alone; 0: any free one)',
      wholeNumber,
    )
    .option('--queries', 'let the stores be read there: /stores, and topology query (health.queries)');
}

async function start(flags: StartFlags, surroundings: CommandSurroundings): Promise<void> {
  const { embedded = false, once = false } = flags;
  const loaded = await loadApps(flags.app, surroundings.folder);
  const config = withJoinedSection(await configOf(flags, surroundings.environment), loaded, flags.app);
  const app = prefixedApp(loaded, config);
  const stages = selectStages(app, flags.stage ?? []);
  const dataDir = await (embedded ? freshDataDir : existingDataDir)(config.dataDir);
  const complete = await runApp(
    {
      app,
      origin: { apps: flags.app, folder: surroundings.folder },
      stages,
      config,
      dataDir,
      embedded,
      once,
      sample: sampleSize(flags),
    },
    surroundings,
  );
  if (!complete) surroundings.exitCode(EXIT_FAILURE);
}
