import { CommanderError } from 'commander';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Cluster } from '../../src/cli/cluster.ts';
import { reportFailure } from '../../src/cli/failure.ts';
import { LakeTables } from '../../src/cli/lake-tables.ts';
import { createProgram } from '../../src/cli/program.ts';
import { datetime, duration } from '../../src/cli/reset-position.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { FakeRuntime } from './app-fixture.ts';
import { fakeTerminal } from './terminal-fixture.ts';

const MODULE = `
  import { defineApp, serdes, StreamsBuilder } from '${pathToFileURL(join(import.meta.dirname, '../../src/index.ts')).href}';
  const strings = { key: serdes.string, value: serdes.string };
  const topology = () => {
    const builder = new StreamsBuilder();
    builder.stream('in', strings).groupByKey(strings).count({ store: 'counts' });
    return builder.build();
  };
  export default defineApp({ name: 'words', description: 'counts', stages: [
    { name: 'one', applicationId: 'words-one', topology },
    { name: 'two', applicationId: 'words-two', topology },
  ] });`;

describe('topology reset', () => {
  let folder: string;
  let client: KafkaClient;
  let answer: boolean | null;
  const asked: string[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cli-reset-'));
    await writeFile(join(folder, 'app.mjs'), MODULE);
    client = embeddedClient(new EmbeddedBroker());
    await client.connect();
    await client.admin.createTopics(
      ['in', 'words-one-counts-changelog', 'words-two-counts-changelog'].map((name) => ({
        name,
        partitions: 1,
        replicationFactor: 1,
      })),
    );
    await client.admin.commitOffsets('words-one', [{ topic: 'in', partition: 0, offset: 0, metadata: '' }]);
    answer = null;
    asked.length = 0;
    await state('words-one');
    await state('words-two');
  });
  afterEach(async () => {
    await client.close();
    await rm(folder, { recursive: true, force: true });
  });

  const state = (id: string) => mkdir(join(folder, 'data', 'state', id, '0_0', 'db'), { recursive: true });
  const topics = async (): Promise<string[]> => (await client.admin.listTopics()).sort();

  async function run(...args: string[]): Promise<{ out: string; err: string; code: number }> {
    const log = { events: [] };
    const { terminal, written } = fakeTerminal();
    const cluster: Cluster = {
      description: 'one',
      registry: null,
      registryUrl: null,
      client: async () => client,
      close: async () => undefined,
      settings: () => Promise.reject(new Error('there is one thread only')),
    };
    let code = 0;
    const program = createProgram({
      terminal,
      environment: {},
      folder,
      stop: AbortSignal.timeout(10_000),
      exitCode: (given) => (code = given),
      openCluster: async () => cluster,
      createRuntime: (_topology, config) => new FakeRuntime(config, log),
      lakeTables: (at) => new LakeTables(at),
      ...(answer === null ? {} : { confirm: async (question: string) => asked.push(question) > 0 && answer === true }),
    });
    try {
      await program.parseAsync(['reset', '--app', './app.mjs', '--data-dir', 'data', ...args], { from: 'user' });
    } catch (error) {
      code = error instanceof CommanderError ? error.exitCode && 2 : reportFailure(terminal, error, false);
    }
    return { ...written, code };
  }

  it('says what it would do, for each stage, and does nothing', async () => {
    const before = await topics();
    const { out, code } = await run('--to-latest');
    expect(code).toBe(0);
    expect(out).toContain('words-one\n  positions to set\n    in-0: 0 -> 0\n');
    expect(out).toContain('  internal topics to delete\n    words-two-counts-changelog\n');
    expect(out).toContain(`  local state to remove from ${join(folder, 'data', 'state', 'words-one')}\n    0_0\n`);
    expect(out).toContain('Nothing was changed. --execute does it.');
    expect(await topics()).toEqual(before);
  });

  it('does it for the stages that are named, after it has asked', async () => {
    answer = false;
    expect(await run('--stage', 'one', '--execute')).toMatchObject({ code: 1 });
    expect(asked).toHaveLength(1);
    expect(await topics()).toHaveLength(3);
    answer = true;
    expect((await run('--stage', 'one', '--execute')).out).toContain('words-one was reset');
    expect(await topics()).toEqual(['in', 'words-two-counts-changelog']);
    expect(await readdir(join(folder, 'data', 'state', 'words-one'))).toEqual(['.lock']);
    expect(await readdir(join(folder, 'data', 'state', 'words-two'))).toEqual(['0_0']);
  });

  it('does not ask where nobody sits, nor when told so', async () => {
    expect((await run('--execute')).code).toBe(0);
    answer = false;
    expect((await run('--execute', '--yes')).code).toBe(0);
    expect(asked).toEqual([]);
    expect(await topics()).toEqual(['in']);
  });

  it('removes what an embedded run left, without a cluster', async () => {
    await writeFile(join(folder, 'data', 'embedded-run.json'), '{}');
    const before = await topics();
    expect((await run('--execute')).out).toContain('there is only local state');
    expect(await topics()).toEqual(before);
    expect(await readdir(join(folder, 'data', 'state', 'words-two'))).toEqual(['.lock']);
  });

  it('refuses two positions, and topics of others', async () => {
    expect(await run('--to-latest', '--to-offset', '3')).toMatchObject({ code: 2 });
    expect(await run('--internal-topics', 'in')).toMatchObject({
      code: 2,
      err: expect.stringContaining('in belongs to none of words-one, words-two') as string,
    });
    expect(await run('--to-datetime', 'yesterday')).toMatchObject({ code: 2 });
  });

  it('reads times as Kafka’s tools do', () => {
    expect(datetime('2026-01-31T18:00:00.500')).toBe(Date.UTC(2026, 0, 31, 18, 0, 0, 500));
    expect(datetime('2026-01-31T18:00:00+01:00')).toBe(Date.UTC(2026, 0, 31, 17));
    expect([duration('P1D'), duration('PT1H2M3.5S'), duration('P2DT1S')]).toEqual([86_400_000, 3_723_500, 172_801_000]);
    expect(() => duration('P')).toThrow('Expected a duration');
    expect(() => duration('P1DT')).toThrow('Expected a duration');
  });
});
