import { join } from 'node:path';

import { StreamsError } from '../core/errors.ts';
import { RecordCounter } from '../kafka/record-counter.ts';
import { Health } from '../observe/health.ts';
import { createMetricsRegistry, type MetricsRegistry } from '../observe/metrics.ts';
import { showProcess } from '../observe/process-metrics.ts';
import type { AppDefinition, Sample, Stage } from '../runtime/define-app.ts';
import { queryRoutes } from '../runtime/queries/query-routes.ts';
import { advertisedServer } from './advertised-server.ts';
import { appPicture } from './app-picture.ts';
import { azureAccess } from './azure-access.ts';
import { buildStages, stagePlans, type BuiltStage } from './build-stages.ts';
import { Closers } from './closers.ts';
import type { Cluster, OpenCluster } from './cluster.ts';
import { isObject, mergeValues } from './config/layer.ts';
import type { CommandConfig } from './config/schema.ts';
import { createOuterTopics, deadLetterTopics } from './outer-topics.ts';
import { Monitor, type MonitoredStage } from './monitor.ts';
import { Reporter } from './reporter.ts';
import { openSample, type SampleSize } from './open-sample.ts';
import { settled } from './settled.ts';
import { defaultPortOf, startStatusServer } from './status-server.ts';
import type { CreateStageRuntime } from './stage-runtime.ts';
import { stageModule } from './stage-thread.ts';
import type { LakeTables } from './lake-tables.ts';
import type { Terminal } from './terminal.ts';

const TRIAL_COMMIT_INTERVAL_MS = 500;

export interface RunOptions {
  readonly app: AppDefinition;
  /** What `app` was loaded from: worker threads load it again. */
  readonly origin: { readonly apps: readonly string[]; readonly folder: string };
  readonly stages: readonly Stage[];
  readonly config: CommandConfig;
  /** Folder of everything the run leaves, ready to use. */
  readonly dataDir: string;
  readonly embedded: boolean;
  /** Ends when the sample events are through, instead of at a signal. */
  readonly once: boolean;
  readonly sample: SampleSize;
}

/** What a run is wired to: real adapters in the command, others in tests. */
export interface RunAdapters {
  readonly terminal: Terminal;
  readonly openCluster: OpenCluster;
  readonly createRuntime: CreateStageRuntime;
  readonly lakeTables: (dataDir: string) => LakeTables;
  /** Aborted when the run should end. */
  readonly stop: AbortSignal;
  /** How often to look whether everything is through (default 150 ms). */
  readonly lookEveryMs?: number;
}

/**
 * Runs stages of an application until the stop signal, or with `once` until the sample events are through.
 *
 * @returns whether the run left what was expected of it (always true without `once`)
 * @throws the first error that ended a stage; whatever was opened is closed by then
 */
export async function runApp(options: RunOptions, adapters: RunAdapters): Promise<boolean> {
  const closers = new Closers();
  try {
    return await run(options, adapters, closers);
  } finally {
    await closers.close();
  }
}

async function run(options: RunOptions, adapters: RunAdapters, closers: Closers): Promise<boolean> {
  const { app, config, embedded, dataDir } = options;
  const reporter = new Reporter(adapters.terminal, config.logging);
  closers.add(() => reporter.stop());
  const { logger } = reporter;
  const [health, metrics] = [new Health(), createMetricsRegistry()];
  closers.add(showProcess(metrics));

  const cluster = await adapters.openCluster(config, embedded);
  closers.add(() => cluster.close());
  const client = await cluster.client('topology');
  health.readiness('kafka', () =>
    client.connected ? { ready: true } : { ready: false, reason: `no answer from ${cluster.description}` },
  );

  const sample = embedded ? await openSample(app, { cluster, client, logger, dataDir, size: options.sample }) : null;
  if (sample) closers.add(() => sample.close());

  const section = mergeValues(sectionOf(config, app.name), sample?.config ?? {});
  const built = await buildStages(app, options.stages, {
    section,
    logger,
    metrics,
    health,
    access: azureAccess(config.azure),
  });
  closers.add(() => closeStages(built));
  const plans = stagePlans(built);
  if (embedded) await createOuterTopics(client, plans);

  let address: string | null = null;
  const surroundings = { cluster, logger, metrics, section, address: () => address };
  const monitored = await Promise.all(built.map((stage) => wire(stage, options, adapters, surroundings)));
  for (const { name, runtime } of monitored) {
    health.readiness(`${name}: running`, () => runtime.readiness());
    health.liveness(`${name}: alive`, () => runtime.liveness());
  }
  const tables = adapters.lakeTables(dataDir);
  const deadLetters = new RecordCounter(client, deadLetterTopics(plans));
  closers.add(() => deadLetters.close());
  const monitor = new Monitor({
    app: app.name,
    stages: monitored,
    tables: () => tables.read(),
    deadLetters: async () => Array.from(await deadLetters.counts(), ([topic, records]) => ({ topic, records })),
  });
  const status = () => monitor.status();

  const queried = monitored.flatMap(({ runtime: { queries } }) => (queries === undefined ? [] : [{ queries }]));
  const more = config.health.queries ? { more: queryRoutes(queried) } : {};
  const picture = appPicture(app.name, plans);
  const defaultPort = defaultPortOf(options.stages);
  const observed = { title: app.name, health, metrics, status, picture, defaultPort, ...more };
  const server = await startStatusServer(config.health, observed, logger);
  address = advertisedServer(server);
  closers.add(() => server.close());
  logger.info({ url: server.url, cluster: cluster.description }, `${app.name} starts`);
  reporter.start({ title: `${app.name} on ${cluster.description}`, url: server.url, status });
  closers.add(() => closeRuntimes(monitored));

  const watch = watchFailure(monitored, adapters.stop);
  closers.add(() => watch.end());
  const leaving = () => reporter.notice('Finishing what is in hand; Ctrl-C once more ends at once.');
  adapters.stop.addEventListener('abort', leaving, { once: true });
  closers.add(() => adapters.stop.removeEventListener('abort', leaving));
  let isThrough = false;
  const through = () => {
    isThrough = true;
    reporter.notice(whatToLookAt(options, server.url));
  };
  await Promise.race([
    work(options, sample, monitored, watch.stop, { through, lookEveryMs: adapters.lookEveryMs }),
    watch.failure,
  ]);

  await reporter.finish(status);
  await closeRuntimes(monitored);
  const complete = await summarise(options, sample, adapters.terminal);
  if (sample && !complete && !options.once && !isThrough)
    adapters.terminal.out('It was stopped before the sample was through.\n');
  return complete || !options.once;
}

/** What happens between start and stop. */
async function work(
  options: RunOptions,
  sample: Sample | null,
  stages: readonly MonitoredStage[],
  stop: AbortSignal,
  { through, lookEveryMs }: { readonly through: () => void; readonly lookEveryMs: number | undefined },
): Promise<void> {
  const started = Promise.all(stages.map(({ runtime }) => runtime.start()));
  // A stop while the stages start closes them, which rejects their start: nobody waits for it then.
  await Promise.race([started, aborted(stop)]);
  if (stop.aborted) return void started.catch(() => undefined);
  await sample?.produce();
  if (options.once) return settled(stages, stop, lookEveryMs);
  if (sample) {
    await settled(stages, stop, lookEveryMs);
    if (!stop.aborted) through();
  }
  await aborted(stop);
}

/** The run goes on when the sample is through, for whoever wants to look around. */
function whatToLookAt({ dataDir }: RunOptions, url: string): string {
  return `The sample is through. Look at ${url}\nand the tables in ${join(dataDir, 'lake')} (Ctrl-C ends with a summary)`;
}

interface StageParts {
  readonly cluster: Cluster;
  readonly logger: Reporter['logger'];
  readonly metrics: MetricsRegistry;
  /** The application's own configuration. */
  readonly section: unknown;
  /** Where this process answers queries, once that is known. */
  readonly address: () => string | null;
}

async function wire(
  built: BuiltStage,
  { config, dataDir, embedded, once, origin }: RunOptions,
  { createRuntime }: RunAdapters,
  { cluster, logger, metrics, section, address }: StageParts,
): Promise<MonitoredStage> {
  const { name, applicationId, streams } = built.stage;
  const client = await cluster.client(applicationId);
  const threads = config.streams.numStreamThreads ?? streams?.numStreamThreads ?? 1;
  const { azure = null } = config;
  const workers =
    threads > 1
      ? stageModule({
          ...origin,
          stage: name,
          section,
          azure,
          cluster: await cluster.settings(),
        })
      : null;
  const runtime = createRuntime(built.topology, {
    stateDir: join(dataDir, 'state'),
    // Whoever watches a trial run should not wait half a minute for the first results.
    ...(embedded || once ? { commitIntervalMs: TRIAL_COMMIT_INTERVAL_MS } : {}),
    ...(config.health.queries ? { applicationServer: address } : {}),
    ...streams,
    ...config.streams,
    applicationId,
    kafka: { client },
    ...(workers ? { module: workers } : {}),
    registry: cluster.registry,
    logger: logger.child({ stage: name }),
    metrics,
  });
  return { name, applicationId, runtime };
}

interface FailureWatch {
  /** Rejects with the error of the first stage that fails; never resolves. */
  readonly failure: Promise<never>;
  /** Aborted when a stage fails, and when the run should end. */
  readonly stop: AbortSignal;
  end(): void;
}

function watchFailure(stages: readonly MonitoredStage[], stop: AbortSignal): FailureWatch {
  const ended = new AbortController();
  const abort = () => ended.abort();
  if (stop.aborted) abort();
  else stop.addEventListener('abort', abort, { once: true });
  let timer: NodeJS.Timeout | null = null;
  const failure = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const failed = stages.find(({ runtime }) => runtime.state === 'ERROR');
      if (!failed) return;
      const { name, runtime } = failed;
      reject(runtime.error ?? new StreamsError('ILLEGAL_STATE', `stage "${name}" failed; the log says why`));
      abort();
    }, 100);
  });
  return {
    failure,
    stop: ended.signal,
    end: () => {
      if (timer) clearInterval(timer);
      stop.removeEventListener('abort', abort);
    },
  };
}

async function summarise({ once, app }: RunOptions, sample: Sample | null, terminal: Terminal): Promise<boolean> {
  if (!sample) return true;
  const { lines, complete } = await sample.summary();
  terminal.out(`${lines.join('\n')}\n`);
  if (once && !complete)
    terminal.err(`topology: ${app.name} did not leave all that was expected; see the lines above\n`);
  return complete;
}

export function sectionOf(config: CommandConfig, app: string): Readonly<Record<string, unknown>> {
  const section = config.apps[app] ?? {};
  if (isObject(section)) return section;
  throw new StreamsError(
    'CONFIG_INVALID',
    `apps.${app}: expected settings of the application, found ${typeof section}`,
  );
}

async function closeRuntimes(stages: readonly MonitoredStage[]): Promise<void> {
  await Promise.all(stages.map(({ runtime }) => runtime.close()));
}

async function closeStages(built: readonly BuiltStage[]): Promise<void> {
  for (const stage of built.toReversed()) await stage.close();
}

export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
