import { StreamsError } from '../core/errors.ts';
import { Health } from '../observe/health.ts';
import { createMetricsRegistry } from '../observe/metrics.ts';
import { showProcess } from '../observe/process-metrics.ts';
import type { AppDefinition, SourceStage } from '../runtime/define-app.ts';
import { SourceRunner } from '../runtime/source-runner.ts';
import { appPicture } from './app-picture.ts';
import { azureAccess } from './azure-access.ts';
import { openContext } from './build-stages.ts';
import { Closers } from './closers.ts';
import type { CommandConfig } from './config/schema.ts';
import { suggestion } from './config/suggestion.ts';
import { Reporter } from './reporter.ts';
import { aborted, type RunAdapters, sectionOf } from './run-app.ts';
import { startStatusServer } from './status-server.ts';

export interface RunSourcesOptions {
  readonly app: AppDefinition;
  readonly sources: readonly SourceStage[];
  readonly config: CommandConfig;
}

/** The sources of those names; all of them when none is named. @throws CONFIG_INVALID */
export function selectSources(app: AppDefinition, names: readonly string[]): readonly SourceStage[] {
  const { sources = [] } = app;
  if (sources.length === 0) throw new StreamsError('CONFIG_INVALID', `${app.name} has no sources to poll`);
  const known = sources.map(({ name }) => name);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    const hint = suggestion(wrong, known);
    throw new StreamsError(
      'CONFIG_INVALID',
      `${app.name} has no source "${wrong}"${hint} (it has ${known.join(', ')})`,
    );
  }
  return names.length === 0 ? sources : sources.filter(({ name }) => names.includes(name));
}

/**
 * Polls sources of an application until the stop signal.
 *
 * @throws the first error that ended a source; whatever was opened is closed by then
 */
export async function runSources(
  options: RunSourcesOptions,
  adapters: Pick<RunAdapters, 'terminal' | 'openCluster' | 'stop'>,
): Promise<void> {
  const closers = new Closers();
  try {
    await run(options, adapters, closers);
  } finally {
    await closers.close();
  }
}

async function run(
  { app, sources, config }: RunSourcesOptions,
  { terminal, openCluster, stop }: Pick<RunAdapters, 'terminal' | 'openCluster' | 'stop'>,
  closers: Closers,
): Promise<void> {
  const { logger } = new Reporter(terminal, config.logging);
  const [health, metrics] = [new Health(), createMetricsRegistry()];
  closers.add(showProcess(metrics));
  const section = sectionOf(config, app.name);
  const settings = app.parseConfig ? app.parseConfig(section) : section;
  const surroundings = { logger, metrics, health, access: azureAccess(config.azure) };
  const planned = sources.map((source) => {
    const { context, close } = openContext(source.name, settings, surroundings);
    closers.add(close);
    return { source, plan: source.plan(context), logger: context.logger };
  });

  const cluster = await openCluster(config, false);
  closers.add(() => cluster.close());
  const startedAt = Date.now();
  const status = () => ({
    app: app.name,
    startedAt: new Date(startedAt).toISOString(),
    uptimeMs: Date.now() - startedAt,
    stages: [],
    tables: [],
    deadLetters: [],
  });
  const observed = { title: app.name, health, metrics, status, picture: appPicture(app.name, []) };
  const server = await startStatusServer(config.health, observed, logger);
  closers.add(() => server.close());

  const runners: Promise<void>[] = [];
  for (const { source, plan, logger } of planned) {
    const { applicationId, name } = source;
    const { replicationFactor = -1 } = config.streams;
    const client = await cluster.client(applicationId);
    const { registry } = cluster;
    const runner = new SourceRunner({ applicationId, plan, client, registry, logger, metrics, replicationFactor });
    closers.add(() => runner.close());
    health.readiness(`${name}: polling`, () =>
      runner.healthy ? { ready: true } : { ready: false, reason: 'the last poll did not succeed' },
    );
    logger.info({ url: server.url, from: plan.source.description, topic: plan.topic }, `${name} polls`);
    runners.push(runner.run());
  }
  await Promise.race([aborted(stop), Promise.all(runners)]);
}
