import { Command } from 'commander';

import { STAGE_COMMANDS } from './built-in-apps.ts';
import { appsCommand } from './commands/apps.ts';
import { configCommand } from './commands/config.ts';
import { dlqCommand } from './commands/dlq.ts';
import { describeCommand } from './commands/describe.ts';
import { pollCommand } from './commands/poll.ts';
import { queryCommand } from './commands/query.ts';
import { resetCommand } from './commands/reset.ts';
import { sampleCommand } from './commands/sample.ts';
import { stageCommand, startCommand } from './commands/start.ts';
import { stateCommand } from './commands/state.ts';
import { tableCommand } from './commands/table.ts';
import type { Environment } from './config/environment.ts';
import type { RunAdapters } from './run-app.ts';
import { version } from '../core/version.ts';

/** What the command line works with, from outside. */
export interface CommandSurroundings extends RunAdapters {
  readonly environment: Environment;
  /** The working folder: paths of modules are relative to it. */
  readonly folder: string;
  /** Said by a command that ran to its end, but not well. */
  readonly exitCode: (code: number) => void;
  /** Asks whoever sits at the terminal; absent where nobody does. */
  readonly confirm?: (question: string) => Promise<boolean>;
}

const HELP = `
Examples:
  topology start --app claimx --embedded              the whole application, with nothing else installed
  topology start --app claimx --embedded --once --events 500 --data-dir ./out
                                                      the same, ending when the sample events are through
  topology start --app claimx --config prod.yaml --stage enricher
                                                      one stage on your cluster
  topology start --app ./my-app.mjs --brokers localhost:9092
                                                      an application of your own
  topology describe --app claimx --format svg -o claimx.svg
                                                      the diagram, for a review
  topology table check data/lake/claimx_tasks         whether a Delta table is sound
  topology query --store known-projects               what a store of a running application holds
  topology state --app claimx --config prod.yaml      tasks, stores, sizes, positions and lags
  topology reset --app claimx --config prod.yaml      what it would take to begin anew; --execute does it
  topology dlq list --app claimx --config prod.yaml    dead letters; inspect, replay and purge them
  topology config --app claimx --config prod.yaml     what is configured, after file, environment and flags

Settings come from --config files (YAML or JSON), then the environment (TOPOLOGY_KAFKA_BROKERS for kafka.brokers,
and so on), then flags. Exit codes: 0 well, 1 a failure, 2 a wrong command line, configuration or application.`;

export function createProgram(surroundings: CommandSurroundings): Command {
  const program = new Command('topology')
    .description('Runs and draws stream processing topologies on Kafka.')
    .version(version)
    .option('--verbose', 'show where an error comes from')
    .addHelpText('after', HELP)
    .showHelpAfterError('(topology --help shows what there is)')
    .exitOverride()
    .configureOutput({ writeOut: surroundings.terminal.out, writeErr: surroundings.terminal.err });

  const commands = [
    startCommand(surroundings),
    pollCommand(surroundings),
    describeCommand(surroundings),
    appsCommand(surroundings),
    queryCommand(surroundings),
    sampleCommand(surroundings),
    configCommand(surroundings),
    tableCommand(surroundings),
    resetCommand(surroundings),
    stateCommand(surroundings),
    dlqCommand(surroundings),
    ...STAGE_COMMANDS.map((alias) => stageCommand(alias, surroundings)),
  ];
  for (const command of commands) {
    // Commands made apart from the program do not inherit these; the flag is taken before and after the command's name.
    command.copyInheritedSettings(program).option('--verbose', 'show where an error comes from');
    for (const inner of command.commands) inner.copyInheritedSettings(command);
    program.addCommand(command, { hidden: STAGE_COMMANDS.some((alias) => alias.command === command.name()) });
  }
  return program;
}
