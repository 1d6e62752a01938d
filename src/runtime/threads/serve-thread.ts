import { join } from 'node:path';
import { StreamsError } from '../../core/errors.ts';
import type { KafkaClient } from '../../kafka/client.ts';
import { kafkaClient } from '../../kafka/connect.ts';
import { Health } from '../../observe/health.ts';
import { createMetricsRegistry } from '../../observe/metrics.ts';
import { localTasks } from '../../state/task-folders.ts';
import type { Topology } from '../../topology/topology.ts';
import type { ResolvedConfig } from '../config.ts';
import { AppQueries } from '../queries/app-queries.ts';
import { answerWire } from '../queries/query-wire.ts';
import { LocalThread } from './local-thread.ts';
import { lockUnder } from './task-holds.ts';
import { readConfig } from './thread-config.ts';
import { writeError } from './thread-error.ts';
import { ThreadLink } from './thread-link.ts';
import { type LogMessage, sendingLogger } from './thread-logger.ts';
import type { HoldRequest, ThreadEnd, ThreadReport, ThreadStart } from './thread-messages.ts';
import type { ThreadApp, ThreadContext, ThreadFactory } from './thread-module.ts';

/** Positions, and that the loop goes round, are told this often. */
const REPORT_EVERY_MS = 100;

/** A worker thread's program: builds the application from its module, runs one stream thread, and tells how it goes. */
export async function serveThread(start: ThreadStart): Promise<void> {
  const link = new ThreadLink(start.port);
  const logger = sendingLogger(start.logLevel, (line: LogMessage) => link.notify('log', line));
  const metrics = createMetricsRegistry();
  const health = new Health();
  const closers: (() => Promise<void> | void)[] = [];
  let error: unknown = null;
  try {
    const context = { threadName: start.name, data: start.module.data, logger, metrics };
    const app = await build(start, {
      ...context,
      onClose: (close) => void closers.push(close),
      readiness: (name, check) => void health.readiness(name, check),
    });
    const config = readConfig(start.config, app.config ?? {}, context);
    const client = await connect(config);
    if (!('client' in config.kafka)) closers.unshift(() => client.close());
    await runThread({ start, link, topology: app.topology, config, client, health });
  } catch (thrown) {
    error = thrown;
  }
  for (const close of closers.reverse()) {
    try {
      await close();
    } catch (failure) {
      logger.warn({ err: failure }, 'a part of the thread did not close');
    }
  }
  const end: ThreadEnd = { error: error === null ? null : writeError(error) };
  // The answer says that it was heard: a port that is closed at once drops what was sent.
  await link.request('end', end).catch(() => undefined);
  link.close();
}

interface RunOptions {
  readonly start: ThreadStart;
  readonly link: ThreadLink;
  readonly topology: Topology;
  readonly config: ResolvedConfig;
  readonly client: KafkaClient;
  /** What the module says of its own readiness. */
  readonly health: Health;
}

async function runThread({ start, link, topology, config, client, health }: RunOptions): Promise<void> {
  const report = (): void => {
    const { state, tasks, standbys, unopened, loopAt, idle } = thread;
    const unready = health
      .ready()
      .checks.filter(({ ok }) => !ok)
      .map(({ name, reason = 'not ready' }) => ({ name, reason }));
    const now: ThreadReport = { state, tasks, standbys, unopened, unready, loopAt, idle };
    link.notify('report', now);
  };
  const thread = new LocalThread(start.name, {
    client,
    config,
    plan: topology.plan,
    processId: start.processId,
    index: start.index,
    lock: lockUnder(
      async (task, patienceMs) => {
        const asked: HoldRequest = { task, patienceMs };
        await link.request('hold', asked);
      },
      (task) => link.notify('letGo', task),
    ),
    // The application refuses what it waits for.
    stopWaiting: () => undefined,
    localTasks: () => localTasks(join(config.stateDir, config.applicationId)),
    onState: () => report(),
  });
  thread.pause(start.paused);
  link.on('pause', (paused) => thread.pause(paused === true));
  link.on('stop', (leave) => thread.stop(leave === 'all' || leave === 'none' ? leave : 'dynamic'));
  link.on('abandon', () => thread.abandon());
  link.on('settled', () => thread.settled());
  const { local } = new AppQueries({
    plan: topology.plan,
    config,
    state: () => (thread.state === 'RUNNING' ? 'RUNNING' : 'REBALANCING'),
    thread: () => thread.stream,
  });
  link.on('query', (wire) => answerWire(local, wire));
  link.on('metrics', () => config.metrics.getMetricsAsJSON());
  const timer = setInterval(report, REPORT_EVERY_MS);
  link.notify('ready');
  try {
    await thread.run();
  } finally {
    clearInterval(timer);
  }
}

async function build({ module, topology }: ThreadStart, context: ThreadContext): Promise<ThreadApp> {
  const loaded = (await import(module.url)) as Readonly<Record<string, unknown>>;
  const factory = loaded[module.export];
  if (typeof factory !== 'function') {
    throw new StreamsError(
      'CONFIG_INVALID',
      `${module.url} has no function as its export "${module.export}": worker threads build the topology with it`,
    );
  }
  const built = await (factory as ThreadFactory)(context);
  const app = 'topology' in built ? built : { topology: built };
  if (app.topology.describe() !== topology) {
    throw new StreamsError(
      'TOPOLOGY_INVALID',
      `${module.url} builds another topology than the application has: both must come from the same function`,
    );
  }
  return app;
}

async function connect({ kafka, logger }: ResolvedConfig): Promise<KafkaClient> {
  if ('client' in kafka) return kafka.client;
  const client = kafkaClient(kafka, { logger });
  try {
    await client.connect();
  } catch (error) {
    await client.close();
    throw error;
  }
  return client;
}
