import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Command } from 'commander';

import { messageOf, StreamsError } from '../../core/errors.ts';
import type { StatusReport } from '../../observe/status.ts';
import { hasEmbeddedRun } from '../data-dir.ts';
import type { CommandConfig } from '../config/schema.ts';
import { collect, configOf, type ConfigFlags } from '../flags.ts';
import type { CommandSurroundings } from '../program.ts';
import { stateDirOf, withStages } from '../stages-for-look.ts';
import { stageState, type StageState } from '../state-report.ts';
import { runningText, stateText } from '../state-text.ts';
import { withClusterFlags } from './start.ts';

interface StateFlags extends ConfigFlags {
  readonly app: string;
  readonly stage?: readonly string[];
  readonly json?: boolean;
  readonly url?: string;
}

const HELP = `
Looks at the state folders of this machine and, where a cluster is configured, at the changelogs and committed positions.
Nothing is changed. Tasks that a running process has open are told of by their files only; --url asks such a process.

Examples:
  topology state --app claimx --config prod.yaml
  topology state --app claimx --url http://localhost:8080 --json`;

export function stateCommand(surroundings: CommandSurroundings): Command {
  return withClusterFlags(new Command('state'))
    .description('Print the tasks, stores, sizes, positions and lags of an application.')
    .requiredOption('--app <name or path>', 'a built-in application, or the path of a module')
    .option('--stage <name>', 'only this stage; repeat it for more (default: all)', collect)
    .option('--url <url>', 'ask the process whose status page this is')
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<StateFlags>();
      const { terminal } = surroundings;
      const config = await configOf(flags, surroundings.environment);
      const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
      if (flags.url !== undefined) {
        const stages = await running(flags, flags.url, config, surroundings.folder);
        terminal.out(flags.json === true ? json(stages) : stages.map(runningText).join(''));
        return;
      }
      const states = await onDisk(flags, config, surroundings);
      terminal.out(flags.json === true ? json(states) : states.map((state) => stateText(state, Date.now())).join(''));
    });
}

async function onDisk(
  { app, stage: stages = [] }: StateFlags,
  config: CommandConfig,
  { folder, openCluster }: CommandSurroundings,
): Promise<StageState[]> {
  const dataDir = resolve(folder, config.dataDir);
  return withStages({ app, stages, folder, config }, async (built) => {
    // The broker of an embedded run is gone with it.
    const embedded = existsSync(dataDir) && (await hasEmbeddedRun(dataDir));
    const cluster = config.kafka && !embedded ? await openCluster(config, false) : null;
    try {
      const admin = cluster ? (await cluster.client('topology-state')).admin : null;
      const found: StageState[] = [];
      for (const { stage, topology } of built) {
        const { name, applicationId } = stage;
        const stateDir = join(stateDirOf(stage, config, dataDir), applicationId);
        found.push(await stageState({ stage: name, applicationId, plan: topology.plan, stateDir, admin }));
      }
      return found;
    } finally {
      await cluster?.close();
    }
  });
}

async function running(
  { app, stage: stages = [] }: StateFlags,
  url: string,
  config: CommandConfig,
  folder: string,
): Promise<StatusReport['stages']> {
  const wanted = await withStages({ app, stages, folder, config }, async (built) =>
    built.map(({ stage }) => stage.applicationId),
  );
  const report = await statusOf(url);
  const found = report.stages.filter(({ applicationId }) => wanted.includes(applicationId));
  if (found.length > 0) return found;
  const there = report.stages.map(({ applicationId }) => applicationId).join(', ');
  throw new StreamsError('CONFIG_INVALID', `the process at ${url} runs ${there}, not ${wanted.join(', ')}`);
}

async function statusOf(url: string): Promise<StatusReport> {
  try {
    const answer = await fetch(new URL('/status', url), { signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return (await answer.json()) as StatusReport;
  } catch (error) {
    throw new StreamsError('CONFIG_INVALID', `${url} does not answer as a status page does: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
