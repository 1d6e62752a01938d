import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Command } from 'commander';

import { StreamsError } from '../../core/errors.ts';
import { resetApplication, type ResetOptions } from '../../runtime/reset-application.ts';
import { appStateEntries, removeAppState } from '../../state/task-folders.ts';
import { hasEmbeddedRun } from '../data-dir.ts';
import { EXIT_FAILURE } from '../failure.ts';
import { collect, configOf, list, wholeNumber, type ConfigFlags } from '../flags.ts';
import type { CommandSurroundings } from '../program.ts';
import { datetime, duration, positionOf, signedNumber, type PositionFlags } from '../reset-position.ts';
import { resetText } from '../reset-text.ts';
import { stateDirOf, withStages } from '../stages-for-look.ts';
import { withClusterFlags } from './start.ts';

interface ResetFlags extends ConfigFlags, PositionFlags {
  readonly app: string;
  readonly stage?: readonly string[];
  readonly internalTopics?: readonly string[];
  readonly force?: boolean;
  readonly execute?: boolean;
  readonly yes?: boolean;
}

const HELP = `
Sets an application back, as kafka-streams-application-reset does: moves the positions of its input (default: to the
earliest), deletes its repartition, retry and changelog topics, and removes its state on this machine. Without --execute
it only says what it would do. Stop all instances first. State on other machines wipes itself at their next start.

Tables keep the position of what they have taken in themselves; the output says for each what that means.
An embedded run keeps nothing but local state: for its data folder that is what is removed.

Examples:
  topology reset --app claimx --config prod.yaml                      what would be done
  topology reset --app claimx --config prod.yaml --stage enricher --execute
  topology reset --app ./my-app.mjs --brokers localhost:9092 --by-duration P1D --execute`;

export function resetCommand(surroundings: CommandSurroundings): Command {
  return withClusterFlags(new Command('reset'))
    .description('Make an application read its input again, with empty state.')
    .requiredOption('--app <name or path>', 'a built-in application, or the path of a module')
    .option('--stage <name>', 'only this stage; repeat it for more (default: all)', collect)
    .option('--to-earliest', 'begin with the first record (default)')
    .option('--to-latest', 'begin with what is written from now on')
    .option('--to-offset <n>', 'begin with this offset, in each partition', wholeNumber)
    .option('--to-datetime <time>', 'begin with this time: YYYY-MM-DDTHH:mm:SS.sss', datetime)
    .option('--by-duration <duration>', 'begin so long ago: PnDTnHnMnS', duration)
    .option('--shift-by <n>', 'begin so many records later, or earlier with a minus', signedNumber)
    .option('--internal-topics <topic,…>', 'further internal topics to delete, of earlier versions', list)
    .option('--force', 'remove members that the group still has; their instances must be gone')
    .option('--execute', 'do it')
    .option('--yes', 'do not ask')
    .addHelpText('after', HELP)
    .action((_flags: unknown, command: Command) => reset(command.optsWithGlobals<ResetFlags>(), surroundings));
}

async function reset(flags: ResetFlags, surroundings: CommandSurroundings): Promise<void> {
  const { environment, folder, terminal, openCluster } = surroundings;
  const config = await configOf(flags, environment);
  const dataDir = resolve(folder, config.dataDir);
  const position = positionOf(flags, Date.now());
  await withStages({ app: flags.app, stages: flags.stage ?? [], folder, config }, async (stages) => {
    if (!config.kafka && existsSync(dataDir) && (await hasEmbeddedRun(dataDir))) {
      const folders = stages.map(({ stage }) => join(stateDirOf(stage, config, dataDir), stage.applicationId));
      return resetFolders(folders, flags, surroundings);
    }
    const cluster = await openCluster(config, false);
    try {
      const client = await cluster.client('topology-reset');
      const wanted = stages.map(({ stage, topology }): ResetOptions => ({
        topology,
        applicationId: stage.applicationId,
        client,
        stateDir: stateDirOf(stage, config, dataDir),
        position,
        force: flags.force ?? false,
        internalTopics: (flags.internalTopics ?? []).filter((topic) => topic.startsWith(`${stage.applicationId}-`)),
      }));
      checkTopics(flags.internalTopics ?? [], wanted);
      for (const options of wanted) terminal.out(resetText(await resetApplication(options), false));
      if (!(await agreed(flags, surroundings))) return;
      for (const options of wanted) {
        await resetApplication({ ...options, execute: true });
        terminal.out(`${options.applicationId} was reset\n`);
      }
    } finally {
      await cluster.close();
    }
  });
}

async function resetFolders(
  folders: readonly string[],
  flags: ResetFlags,
  surroundings: CommandSurroundings,
): Promise<void> {
  const { terminal } = surroundings;
  terminal.out('The last run here was an embedded one, whose broker is gone with it: there is only local state.\n');
  for (const folder of folders) {
    terminal.out(`local state to remove from ${folder}: ${(await appStateEntries(folder)).join(', ') || 'none'}\n`);
  }
  if (!(await agreed(flags, surroundings))) return;
  for (const folder of folders) await removeAppState(folder);
  terminal.out('local state was removed\n');
}

async function agreed(flags: ResetFlags, { terminal, confirm, exitCode }: CommandSurroundings): Promise<boolean> {
  if (flags.execute !== true) {
    terminal.out('Nothing was changed. --execute does it.\n');
    return false;
  }
  if (flags.yes === true || !confirm || (await confirm('Do this? It cannot be undone. [y/N] '))) return true;
  terminal.out('Nothing was changed.\n');
  exitCode(EXIT_FAILURE);
  return false;
}

function checkTopics(named: readonly string[], stages: readonly ResetOptions[]): void {
  const taken = new Set(stages.flatMap(({ internalTopics = [] }) => internalTopics));
  const wrong = named.find((topic) => !taken.has(topic));
  if (wrong === undefined) return;
  const ids = stages.map(({ applicationId }) => applicationId).join(', ');
  throw new StreamsError('CONFIG_INVALID', `--internal-topics: ${wrong} belongs to none of ${ids}`);
}
