import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { configOf } from '../../src/cli/flags.ts';
import { LakeTables } from '../../src/cli/lake-tables.ts';
import { runApp, type RunOptions } from '../../src/cli/run-app.ts';
import { StreamsError } from '../../src/core/errors.ts';
import type { Sample } from '../../src/runtime/define-app.ts';
import { FakeRuntime, fakeCluster, twoStages, type FixtureLog } from './app-fixture.ts';
import { fakeTerminal } from './terminal-fixture.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'topology-run-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

async function setUp(sample: Partial<Sample> = {}) {
  const log: FixtureLog = { events: [] };
  const stop = new AbortController();
  const runtimes: FakeRuntime[] = [];
  const { terminal, written } = fakeTerminal();
  const app = twoStages(log, sample);
  const config = await configOf({ port: 0, logLevel: 'info' }, {});
  const adapters = {
    terminal,
    openCluster: async () => fakeCluster(log),
    createRuntime: (_topology: unknown, streams: FakeRuntime['config']) => {
      const runtime = new FakeRuntime(streams, log);
      runtimes.push(runtime);
      return runtime;
    },
    lakeTables: (folder: string) => new LakeTables(folder),
    stop: stop.signal,
    lookEveryMs: 10,
  };
  const run = (options: Partial<RunOptions> = {}) =>
    runApp(
      {
        app,
        origin: { apps: ['./words.mjs'], folder: '/apps' },
        stages: app.stages,
        config,
        dataDir,
        embedded: true,
        once: true,
        sample: { events: 7, seed: 3 },
        ...options,
      },
      adapters,
    );
  return { log, run, stop, runtimes, written };
}

/** Resolves when a log line with that text was written. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('runApp', () => {
  it('opens, runs and closes everything in order, and prints the summary', async () => {
    const { log, run, written } = await setUp();
    expect(await run()).toBe(true);
    expect(log.events).toEqual([
      'client topology',
      'sample of 7 from seed 3',
      'count built with {"from":"sample"}',
      'client word-count',
      'client alert',
      'word-count started',
      'alert started',
      'produced',
      'word-count stopped',
      'alert stopped',
      'count closed',
      'sample closed',
      'cluster closed',
    ]);
    expect(written.out).toBe('all words are counted\n');
  });

  it('writes what is expected before anything is sent', async () => {
    let expected = '';
    const { run } = await setUp({
      produce: async () => void (expected = await readFile(join(dataDir, 'expected.json'), 'utf8')),
    });
    await run();
    expect(JSON.parse(expected)).toEqual({ tables: { words: 7 } });
  });

  it('gives each stage its application id, its client and a folder for its state', async () => {
    const { run, runtimes } = await setUp();
    await run();
    expect(runtimes.map(({ config }) => config.applicationId)).toEqual(['word-count', 'alert']);
    expect(runtimes[0]?.config.stateDir).toBe(join(dataDir, 'state'));
  });

  it('takes what is configured before what the stage asks for, and that before the default', async () => {
    const log: FixtureLog = { events: [] };
    const app = twoStages(log);
    const [first, second] = app.stages;
    if (!first || !second) throw new TypeError('the fixture has two stages');
    const stages = [{ ...first, streams: { commitIntervalMs: 1_000, cacheMaxBytes: 7 } }, second];
    const { run, runtimes } = await setUp();
    const config = await configOf({ port: 0 }, { TOPOLOGY_STREAMS_COMMIT_INTERVAL_MS: '250' });
    await run({ app: { ...app, stages }, stages, config });
    expect(runtimes[0]?.config).toMatchObject({ commitIntervalMs: 250, cacheMaxBytes: 7 });
  });

  it('tells worker threads where they find their stage, and how they reach the cluster', async () => {
    const { run, runtimes } = await setUp();
    await run();
    expect(runtimes[0]?.config.module).toBeUndefined();
    await run({ config: { ...(await configOf({ port: 0, threads: 2 }, {})) } });
    const streams = runtimes[2]?.config;
    expect(streams?.numStreamThreads).toBe(2);
    expect(streams?.module).toMatchObject({
      export: 'stageThread',
      data: {
        apps: ['./words.mjs'],
        folder: '/apps',
        stage: 'count',
        section: { from: 'sample' },
        cluster: { kafka: { brokers: ['fake:1'] }, registry: null },
      },
    });
  });

  it('waits with once until every stage is idle', async () => {
    const { run, runtimes, log } = await setUp();
    const running = run();
    await until(() => log.events.includes('produced'));
    const [first] = runtimes;
    if (first) first.idle = false;
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(log.events).not.toContain('word-count stopped');
    if (first) first.idle = true;
    await running;
    expect(log.events).toContain('word-count stopped');
  });

  it('waits with once until the cluster has nothing more for any stage, although all are idle', async () => {
    const { run, runtimes, log } = await setUp();
    const running = run();
    await until(() => log.events.includes('produced'));
    const [, second] = runtimes;
    if (second) second.readAll = false;
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(log.events).not.toContain('word-count stopped');
    if (second) second.readAll = true;
    await running;
    expect(log.events).toContain('word-count stopped');
  });

  it('runs without once until it is told to stop', async () => {
    const { run, stop, log } = await setUp();
    const running = run({ once: false });
    await until(() => log.events.includes('produced'));
    stop.abort();
    expect(await running).toBe(true);
    expect(log.events.at(-1)).toBe('cluster closed');
  });

  it('says without once when the sample is through, and what to look at', async () => {
    const { run, stop, written } = await setUp();
    const running = run({ once: false });
    await until(() => written.err.includes('The sample is through'));
    expect(written.err).toContain(join(dataDir, 'lake'));
    stop.abort();
    await running;
    expect(written.out).toBe('all words are counted\n');
  });

  it('says that it was stopped before the sample was through', async () => {
    const summary = async () => ({ lines: ['two are missing'], complete: false });
    const { run, stop, runtimes, log, written } = await setUp({ summary });
    const running = run({ once: false });
    await until(() => log.events.includes('produced'));
    const [first] = runtimes;
    if (first) first.idle = false;
    stop.abort();
    expect(await running).toBe(true);
    expect(written.out).toBe('two are missing\nIt was stopped before the sample was through.\n');
  });

  it('answers false when once left less than was expected', async () => {
    const { run, written } = await setUp({ summary: async () => ({ lines: ['two are missing'], complete: false }) });
    expect(await run()).toBe(false);
    expect(written.err).toContain('did not leave all that was expected');
  });

  it('closes everything and throws when a stage fails', async () => {
    const { run, runtimes, log } = await setUp();
    const running = run({ once: false });
    await until(() => log.events.includes('produced'));
    runtimes[1]?.fail(new StreamsError('TOPIC_MISSING', 'topic lines does not exist'));
    await expect(running).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    expect(log.events).toContain('word-count stopped');
    expect(log.events.at(-1)).toBe('cluster closed');
  });

  it('closes what was opened when the sample does not open', async () => {
    const { run, log } = await setUp();
    const app = { ...twoStages(log), sample: () => Promise.reject(new Error('no port')) };
    await expect(run({ app })).rejects.toThrow('no port');
    expect(log.events.at(-1)).toBe('cluster closed');
  });

  it('logs JSON lines, with the progress among them, where nobody watches', async () => {
    const { run, written } = await setUp();
    await run();
    const lines = written.err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const progress = lines.findLast(({ msg }) => msg === 'progress');
    expect(progress).toMatchObject({
      stages: { count: { state: 'RUNNING', lag: 5 } },
      deadLetters: { 'words.dlq': 8 },
    });
  });
});
