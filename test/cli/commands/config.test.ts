import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import type { Environment } from '../../../src/cli/config/environment.ts';
import { LakeTables } from '../../../src/cli/lake-tables.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { FakeRuntime, fakeCluster } from '../app-fixture.ts';
import { fakeTerminal } from '../terminal-fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'topology-config-command-'));
  await writeFile(
    join(folder, 'prod.yaml'),
    [
      'kafka: { brokers: [file:1], sasl: { mechanism: plain, username: u, password: of-the-file } }',
      'streams: { commitIntervalMs: 500, processingGuarantee: exactly_once_v2 }',
      'apps: { claimx: { api: { token: of-the-file, timeoutMs: 1 } } }',
    ].join('\n'),
  );
});
afterAll(() => rm(folder, { recursive: true }));

async function config(environment: Environment, ...flags: string[]): Promise<string> {
  const { terminal, written } = fakeTerminal();
  const log = { events: [] };
  const program = createProgram({
    terminal,
    environment,
    folder,
    stop: AbortSignal.timeout(10_000),
    exitCode: () => undefined,
    openCluster: async () => fakeCluster(log),
    createRuntime: (_topology, streams) => new FakeRuntime(streams, log),
    lakeTables: (path) => new LakeTables(path),
  });
  await program.parseAsync(['config', ...flags], { from: 'user' });
  return written.out;
}

/** The line of a setting that is named so nowhere else, with one space before its comment. */
function lineOf(text: string, key: string): string | undefined {
  const line = text.split('\n').find((found) => found.trimStart().startsWith(`${key}:`));
  return line?.trim().replaceAll(/ +# /g, ' # ');
}

describe('topology config', () => {
  it('says of each value whether a file, the environment, a flag or nobody set it', async () => {
    const file = join(folder, 'prod.yaml');
    const environment = { TOPOLOGY_STREAMS_LINGER_MS: '7', CLAIMX_API_TOKEN: 'of-the-environment' };
    const out = await config(environment, '--app', 'claimx', '--config', file, '--brokers', 'flag:1', '--threads', '2');
    expect(lineOf(out, 'brokers')).toBe('brokers: [flag:1] # --brokers');
    expect(lineOf(out, 'numStreamThreads')).toBe('numStreamThreads: 2 # --threads');
    expect(lineOf(out, 'lingerMs')).toBe('lingerMs: 7 # TOPOLOGY_STREAMS_LINGER_MS');
    expect(lineOf(out, 'token')).toBe('token: "[hidden]" # CLAIMX_API_TOKEN');
    expect(lineOf(out, 'commitIntervalMs')).toBe(`commitIntervalMs: 500 # ${file}`);
    expect(lineOf(out, 'batchSize')).toBe('batchSize: 10 # default');
    expect(lineOf(out, 'requestTimeoutMs')).toBe('requestTimeoutMs: 30000 # default');
    expect(lineOf(out, 'stateDir')).toBe('stateDir: .topology-streams/state # default');
  });

  it('hides secrets', async () => {
    const out = await config(
      { CLAIMX_API_TOKEN: 'of-the-environment' },
      '--app',
      'claimx',
      '--config',
      join(folder, 'prod.yaml'),
    );
    expect(out).not.toContain('of-the-file');
    expect(out).not.toContain('of-the-environment');
  });

  it('prints what can be read again as a file of settings, and then prints the same', async () => {
    const first = await config({}, '--app', 'claimx', '--app', 'xact');
    await writeFile(join(folder, 'again.yaml'), first);
    const second = await config({}, '--app', 'claimx', '--app', 'xact', '--config', join(folder, 'again.yaml'));
    expect(parse(second)).toEqual(parse(first));
    expect(Object.keys((parse(first) as { apps: object }).apps)).toEqual(['claimx', 'xact']);
  });

  it('names the group and the port of each stage, and what the stage changes where nothing is configured', async () => {
    const enricher = (text: string) => text.split('\n').find((line) => line.includes('claimx-enrichment-worker'));
    expect(enricher(await config({}, '--app', 'claimx'))).toMatch(
      /enricher +claimx-enrichment-worker +8081 +commitIntervalMs: 1000$/,
    );
    const configured = { TOPOLOGY_STREAMS_COMMIT_INTERVAL_MS: '5', TOPOLOGY_APPLICATION_ID_PREFIX: 'trial-' };
    expect(enricher(await config(configured, '--app', 'claimx'))).toMatch(/trial-claimx-enrichment-worker +8081$/);
  });

  it('shows the default that goes with another setting', async () => {
    const out = await config({ TOPOLOGY_STREAMS_PROCESSING_GUARANTEE: 'exactly_once_v2' });
    expect(lineOf(out, 'commitIntervalMs')).toBe('commitIntervalMs: 100 # default');
  });

  it('refuses settings that do not go together', async () => {
    await expect(config({ TOPOLOGY_STREAMS_PROCESSING_HANDLER: 'deadLetter' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  it('prints each setting with its origin as JSON', async () => {
    const shown = JSON.parse(await config({ TOPOLOGY_HEALTH_PORT: '9' }, '--app', 'xact', '--json')) as object;
    expect(shown).toMatchObject({
      'health.port': { value: 9, origin: 'TOPOLOGY_HEALTH_PORT' },
      'apps.xact.flush.rows': { value: 5000, origin: 'default' },
    });
  });

  it('prints the schema of a file of settings, with the sections of applications', async () => {
    const schema: unknown = JSON.parse(await config({}, '--schema'));
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      properties: {
        streams: { properties: { commitIntervalMs: { type: 'integer', default: 30_000 } } },
        apps: { properties: { claimx: { properties: { api: {} } }, xact: { properties: { lake: {} } } } },
      },
    });
  });
});
