import { CommanderError } from 'commander';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { reportFailure } from '../../src/cli/failure.ts';
import { LakeTables } from '../../src/cli/lake-tables.ts';
import { createProgram } from '../../src/cli/program.ts';
import { FakeRuntime, fakeCluster, type FixtureLog } from './app-fixture.ts';
import { fakeTerminal } from './terminal-fixture.ts';

const folder = new URL('fixtures/', import.meta.url).pathname;

/** Runs a command line; answers what it wrote and its exit code. */
async function run(...args: string[]) {
  const log: FixtureLog = { events: [] };
  const { terminal, written } = fakeTerminal();
  let code = 0;
  const program = createProgram({
    terminal,
    environment: {},
    folder,
    stop: AbortSignal.timeout(10_000),
    exitCode: (given) => (code = given),
    openCluster: async () => fakeCluster(log),
    createRuntime: (_topology, config) => new FakeRuntime(config, log),
    lakeTables: (path) => new LakeTables(path),
    lookEveryMs: 10,
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    code =
      error instanceof CommanderError
        ? error.exitCode && 2
        : reportFailure(terminal, error, args.includes('--verbose'));
  }
  return { ...written, code, log };
}

describe('topology', () => {
  it('teaches by its help, with examples', async () => {
    const { out, code } = await run('--help');
    expect(code).toBe(0);
    for (const part of ['start', 'describe', 'sample', 'config', 'apps', 'Examples:', 'Exit codes']) {
      expect(out).toContain(part);
    }
    expect((await run('start', '--help')).out).toContain('topology start --app claimx --embedded');
  });

  it('refuses a command line that is wrong', async () => {
    expect((await run('strat')).err).toContain("unknown command 'strat'");
    const { err, code } = await run('start', '--app', './valid.mjs', '--events', 'many');
    expect(code).toBe(2);
    expect(err).toContain('Expected a whole number');
    expect((await run('start')).err).toContain('--app');
  });

  it('describes an application in every format', async () => {
    expect((await run('describe', '--app', './valid.mjs')).out).toContain('Stage only (application id valid-only)');
    expect((await run('describe', '--app', './valid.mjs', '--format', 'mermaid')).out).toContain('flowchart');
    expect((await run('describe', '--app', './valid.mjs', '--format', 'dot')).out).toContain('digraph');
    expect((await run('describe', '--app', './valid.mjs', '--format', 'svg')).out).toMatch(/^<svg /);
    expect(JSON.parse((await run('describe', '--app', './valid.mjs', '--format', 'json')).out)).toMatchObject({
      topics: [],
    });
  });

  it('starts an application by its path, and ends well with once', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'topology-start-'));
    const { code, log } = await run(
      'start',
      '--app',
      './valid.mjs',
      '--embedded',
      '--once',
      '--port',
      '0',
      '--data-dir',
      dataDir,
    );
    await rm(dataDir, { recursive: true });
    expect(log.events).toContain('valid-only stopped');
    expect(code).toBe(0);
  });

  it('does not empty a folder that it did not make', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'topology-start-'));
    await writeFile(join(dataDir, 'precious.txt'), 'x');
    const { code, err } = await run('start', '--app', './valid.mjs', '--embedded', '--once', '--data-dir', dataDir);
    await rm(dataDir, { recursive: true });
    expect(code).toBe(2);
    expect(err).toMatch(/is not empty.*--data-dir/);
  });

  it('prints the configuration with the application’s section', async () => {
    const { out } = await run('config', '--app', './valid.mjs', '--brokers', 'a:1,b:2');
    expect(parse(out)).toMatchObject({ kafka: { brokers: ['a:1', 'b:2'] }, apps: { valid: { limit: 1 } } });
  });

  it('says an error in one line, and where it comes from only when asked', async () => {
    const short = await run('describe', '--app', './bad-topology.mjs');
    expect(short.code).toBe(2);
    expect(short.err).toBe(
      'topology: stage "only" of bad could not be built: streams is not a function [APP_INVALID]\n',
    );
    const long = await run('describe', '--app', './bad-topology.mjs', '--verbose');
    expect(long.err).toContain('bad-topology.mjs:');
  });
});
