import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { reportFailure } from '../../src/cli/failure.ts';
import { LakeTables } from '../../src/cli/lake-tables.ts';
import { createProgram } from '../../src/cli/program.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { type QueryServer, serdes, serveQueries, StreamsApp, StreamsBuilder, tumbling } from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { FakeRuntime, fakeCluster } from './app-fixture.ts';
import { fakeTerminal } from './terminal-fixture.ts';

let client: KafkaClient;
let app: StreamsApp;
let server: QueryServer;
let dir: string;

beforeAll(async () => {
  client = embeddedClient(new EmbeddedBroker());
  await client.connect();
  await client.admin.createTopics([{ name: 'words', partitions: 1, replicationFactor: 1 }]);
  dir = await mkdtemp(join(tmpdir(), 'query-'));
  const builder = new StreamsBuilder();
  const words = builder.stream('words', { key: serdes.string, value: serdes.string }).groupByKey();
  words.count({ store: 'counts' });
  words.windowedBy(tumbling({ sizeMs: 60_000 })).count({ store: 'per-minute' });
  app = new StreamsApp(builder.build(), { applicationId: 'words', kafka: { client }, stateDir: dir });
  server = await serveQueries([app]);
  await app.start();
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  for (const [i, word] of ['fox', 'dog', 'fox'].entries()) {
    producer.send('words', 0, Buffer.from(word), Buffer.from('x'), i * 1_000, []);
  }
  await producer.flush();
  await vi.waitUntil(() => app.store('counts').approximateNumEntries() === 2, { timeout: 10_000, interval: 5 });
});

afterAll(async () => {
  await server.close();
  await app.close();
  await client.close();
  await rm(dir, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<{ out: string; err: string; code: number }> {
  const log = { events: [] };
  const { terminal, written } = fakeTerminal();
  let code = 0;
  const program = createProgram({
    terminal,
    environment: {},
    folder: dir,
    stop: AbortSignal.timeout(10_000),
    exitCode: (given) => (code = given),
    openCluster: async () => fakeCluster(log),
    createRuntime: (_topology, config) => new FakeRuntime(config, log),
    lakeTables: (folder) => new LakeTables(folder),
  });
  try {
    const at = args.includes('--url') || args.includes('--help') ? [] : ['--url', server.url];
    await program.parseAsync(['query', ...args, ...at], { from: 'user' });
  } catch (error) {
    code = error instanceof CommanderError ? error.exitCode && 2 : reportFailure(terminal, error, false);
  }
  return { ...written, code };
}

describe('topology query', () => {
  it('lists the stores', async () => {
    const { out, code } = await run();
    expect(code).toBe(0);
    expect(out.split('\n').slice(0, 3)).toEqual([
      'store       kind      key     value  application  tasks here',
      'counts      keyValue  string  int64  words        0_0 of 1',
      'per-minute  window    string  int64  words        0_0 of 1',
    ]);
  });

  it('prints a value, with its time and where it is from', async () => {
    expect((await run('--store', 'counts', '--key', 'fox')).out).toBe(
      `key  time                      from        value
fox  1970-01-01T00:00:02.000Z  active 0_0  2
`,
    );
  });

  it('prints the same as JSON', async () => {
    const { out } = await run('--store', 'counts', '--key', 'fox', '--format', 'json');
    expect(JSON.parse(out)).toMatchObject({ key: 'fox', value: 2, source: { task: '0_0' } });
  });

  it('lists keys in pages, and windows', async () => {
    const first = await run('--store', 'counts', '--limit', '1');
    const [, token = ''] = /more with --after (\S+)/.exec(first.out) ?? [];
    expect(first.out).toMatch(/^dog .* 1$/m);
    const second = await run('--store', 'counts', '--limit', '1', '--after', token);
    expect(second.out).toMatch(/^fox .* 2$/m);
    const windows = await run('--store', 'per-minute', '--key', 'fox', '--from-ms', '0', '--stale', '5');
    expect(windows.out).toContain('1970-01-01T00:00:00.000Z – 1970-01-01T00:01:00.000Z');
  });

  it('exits with 1 for a key that is not there', async () => {
    expect(await run('--store', 'counts', '--key', 'cat')).toMatchObject({
      code: 1,
      out: 'store counts has no value for cat\n',
    });
  });

  it('says what the process says of a wrong question', async () => {
    const { err, code } = await run('--store', 'nothing', '--key', 'a');
    expect(err).toContain('there is no store nothing; see /stores');
    expect(err).toContain('[STORE_UNKNOWN]');
    expect(code).toBe(1);
  });

  it('says what to do when nobody answers', async () => {
    const { err } = await run('--url', 'http://127.0.0.1:1');
    expect(err).toContain('is the application running there, started with --queries?');
    expect((await run('--url', 'nonsense')).code).toBe(2);
  });

  it('teaches in its help', async () => {
    const { out } = await run('--help');
    expect(out).toContain('topology query --store counts --key fox');
  });
});
