import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KafkaClient } from '../../src/index.ts';
import type { SideBySideCase } from './cases.ts';
import { type Engine, type MeasuredRun, runOn } from './engines.ts';
import { type Inputs, PARTITIONS } from './inputs.ts';
import { type Latency, probeLatency } from './probe-latency.ts';
import { type OutputDigest, readOutput } from './read-output.ts';
import type { RunOptions } from './run.ts';

export interface BenchContext {
  readonly client: KafkaClient;
  readonly brokers: readonly string[];
  readonly inputs: Inputs;
  readonly runId: string;
  /** As asked for with `--records`; the case makes its own number of it. */
  readonly records: number;
}

/** One engine's figures of one round. */
export interface Figures {
  /** Records (or restored keys) per second; latency: 1,000 / p50; cold start: 1 / seconds. */
  readonly speed: number;
  readonly cpuSecondsPerMillion: number;
  readonly peakRssMb: number;
  /** From the start of the process. */
  readonly secondsToRunning: number;
  readonly latency: Latency | null;
  readonly digest: OutputDigest | null;
  /** Sum over rows of a restored table. */
  readonly sample: string;
}

const PROBE = { perSecond: 2_000, seconds: 20 };

export async function measureRound(
  engine: Engine,
  { name, measure, ...options }: SideBySideCase,
  context: BenchContext,
  round: number,
): Promise<Figures> {
  const { client, inputs } = context;
  const app = `${context.runId}-${name}-${engine.name.toLowerCase().replaceAll(' ', '-')}-${round}`;
  const output = `${app}-output`;
  const ownInput = measure === 'restore' || measure === 'latency' ? `${app}-input` : null;
  await createTopics(client, ownInput === null ? [output] : [output, ownInput]);
  const spec = options.input(context.records);
  if (measure === 'restore') {
    const changelog = `${app}-table-changelog`;
    await createTopics(client, [changelog], { 'cleanup.policy': 'compact' });
    await inputs.write(changelog, spec);
  }
  const other = options.other?.(context.records);
  const stateDir = await mkdtemp(join(tmpdir(), 'bench-state-'));
  const run: RunOptions = {
    topology: options.topology,
    app,
    brokers: context.brokers.join(','),
    input: ownInput ?? (await inputs.topic(spec)),
    other: other ? await inputs.topic(other) : '',
    output,
    until: measure === 'restore' || measure === 'latency' ? 0 : recordsSeen(options.topology, spec, other),
    keys: spec.keys,
    guarantee: options.guarantee,
    commitIntervalMs: options.guarantee === 'exactly_once_v2' ? 100 : 30_000,
    cacheMaxBytes: options.cacheMaxBytes ?? 10 << 20,
    stateDir,
  };
  let latency: Latency | null = null;
  const probe = async (): Promise<void> => {
    if (measure === 'latency') latency = await probeLatency(client, { ...PROBE, input: run.input, output });
  };
  const report = await runOn(engine, run, run.until === 0 ? probe : undefined);
  const digest = options.outputs === 'none' ? null : await readOutput(client, output, options.outputs);
  const leftover = (await client.admin.listTopics()).filter((topic) => topic.startsWith(`${app}-`));
  await client.admin.deleteTopics(leftover);
  await rm(stateDir, { recursive: true, force: true });
  const records = measure === 'restore' ? spec.records : report.records;
  return {
    speed: speedOf(measure, report, records, latency),
    cpuSecondsPerMillion: (report.cpuSeconds / records) * 1e6,
    peakRssMb: report.peakRssMb,
    secondsToRunning: (report.runningAt - report.spawnedAt) / 1_000,
    latency,
    digest,
    sample: report.sample,
  };
}

function recordsSeen(topology: string, spec: { records: number }, other: { records: number } | undefined): number {
  // Of a stream join both sides are counted where they come in; the rows of a table are not.
  return spec.records + (topology === 'stream-join' ? (other?.records ?? 0) : 0);
}

function speedOf(
  measure: SideBySideCase['measure'],
  { startedAt, runningAt, firstAt, lastAt, closedAt, spawnedAt }: MeasuredRun,
  records: number,
  latency: Latency | null,
): number {
  switch (measure) {
    case 'throughput':
    case 'mapAsync':
      return (records * 1_000) / (closedAt - firstAt);
    case 'restore':
      return (records * 1_000) / (runningAt - startedAt);
    case 'coldStart':
      return 1_000 / (lastAt - spawnedAt);
    case 'latency':
      return 1_000 / (latency?.p50Ms ?? Number.NaN);
  }
}

async function createTopics(
  client: KafkaClient,
  names: readonly string[],
  config: Readonly<Record<string, string>> = {},
): Promise<void> {
  await client.admin.createTopics(
    names.map((name) => ({ name, partitions: PARTITIONS, replicationFactor: -1, config })),
  );
}
