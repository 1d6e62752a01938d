import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { LakeTables } from '../../src/cli/lake-tables.ts';
import { openCluster } from '../../src/cli/open-cluster.ts';
import { createProgram } from '../../src/cli/program.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { silentLogger } from '../../src/observe/logger.ts';
import { createMetricsRegistry } from '../../src/observe/metrics.ts';
import { showStandbyMetrics } from '../../src/runtime/restore/restore-metrics.ts';
import { SourceRunner, type SourcePlan } from '../../src/runtime/source-runner.ts';
import type { StandbyTask } from '../../src/runtime/standby-task.ts';
import { StreamsApp } from '../../src/runtime/streams-app.ts';
import { serdes } from '../../src/serdes/serdes.ts';
import { fakeTerminal } from '../cli/terminal-fixture.ts';

/** Names of series, with the labels that each has. */
export type ExposedMetrics = ReadonlyMap<string, ReadonlySet<string>>;

/** What both built-in applications expose while they run with their samples, and what only shows with a standby or a source. */
export async function exposedMetrics(): Promise<ExposedMetrics> {
  const found = new Map<string, Set<string>>();
  for (const text of [await metricsOfARun(), await metricsElsewhere()]) {
    for (const [, name = '', labels = ''] of text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? /gim)) {
      const known = found.get(name) ?? new Set();
      found.set(name, known);
      for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label);
    }
  }
  return found;
}

async function metricsOfARun(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'exposed-metrics-'));
  const stop = new AbortController();
  const { terminal, written } = fakeTerminal();
  const program = createProgram({
    terminal,
    environment: {},
    folder,
    stop: stop.signal,
    exitCode: () => undefined,
    openCluster,
    createRuntime: (topology, config) => new StreamsApp(topology, config),
    lakeTables: (at) => new LakeTables(at),
  });
  const args = ['start', '--app', 'claimx', '--app', 'xact', '--embedded', '--events', '60', '--port', '0'];
  const where = ['--data-dir', join(folder, 'data'), '--log-level', 'info'];
  const running = program.parseAsync([...args, ...where], { from: 'user' });
  const ended = running.then(() => {
    throw new Error(`the run ended: ${written.err.slice(-2000)}`);
  });
  try {
    const url = await Promise.race([lineWith(written, /"url":"(http:[^"]+)"/), ended]);
    for (;;) {
      const text = await Promise.race([fetch(`${url}/metrics`).then((answer) => answer.text()), ended]);
      if (/^claimx_api_calls_total\{/m.test(text) && /_process_total\{.*-dead-letter"/.test(text)) return text;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    stop.abort();
    await running.catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

async function lineWith(written: { readonly err: string }, pattern: RegExp): Promise<string> {
  for (;;) {
    const [, found] = pattern.exec(written.err) ?? [];
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function metricsElsewhere(): Promise<string> {
  const metrics = createMetricsRegistry();
  const client = embeddedClient(new EmbeddedBroker());
  const plan: SourcePlan = {
    topic: 'raw',
    key: serdes.string,
    value: serdes.string,
    pollIntervalMs: 1_000,
    source: { description: 'nothing', open: () => Promise.reject(new Error('is not opened')) as never },
  };
  const runner = new SourceRunner({
    applicationId: 'poller',
    plan,
    client,
    registry: null,
    logger: silentLogger,
    metrics,
    replicationFactor: 1,
  });
  const standby = { id: '0_0', updated: 0, lag: 0, subTopology: { stores: [] } };
  showStandbyMetrics(metrics, 'app', standby as unknown as StandbyTask);
  try {
    return await metrics.metrics();
  } finally {
    await runner.close();
    await client.close();
  }
}
