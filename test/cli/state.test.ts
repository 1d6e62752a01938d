import { CommanderError } from 'commander';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { reportFailure } from '../../src/cli/failure.ts';
import { LakeTables } from '../../src/cli/lake-tables.ts';
import { createProgram } from '../../src/cli/program.ts';
import type { StageState } from '../../src/cli/state-report.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { serdes, StreamsApp, StreamsBuilder } from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { FakeRuntime } from './app-fixture.ts';
import { fakeTerminal } from './terminal-fixture.ts';

const MODULE = `
  import { defineApp, serdes, StreamsBuilder } from '${pathToFileURL(join(import.meta.dirname, '../../src/index.ts')).href}';
  const strings = { key: serdes.string, value: serdes.string };
  export default defineApp({ name: 'words', description: 'counts', stages: [{ name: 'count', applicationId: 'words', topology: () => {
    const builder = new StreamsBuilder();
    builder.stream('in', strings).groupByKey(strings).count({ store: 'counts' });
    return builder.build();
  } }] });`;

describe('topology state', () => {
  let folder: string;
  let broker: EmbeddedBroker;
  let client: KafkaClient;
  let app: StreamsApp;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cli-state-'));
    await writeFile(join(folder, 'app.mjs'), MODULE);
    broker = new EmbeddedBroker();
    client = embeddedClient(broker);
    await client.connect();
    await client.admin.createTopics([{ name: 'in', partitions: 1, replicationFactor: 1 }]);
    await send('a', 'b', 'a');
    const strings = { key: serdes.string, value: serdes.string };
    const builder = new StreamsBuilder();
    builder.stream('in', strings).groupByKey(strings).count({ store: 'counts' });
    const own = embeddedClient(broker);
    await own.connect();
    const stateDir = join(folder, 'data', 'state');
    app = new StreamsApp(builder.build(), {
      applicationId: 'words',
      kafka: { client: own },
      stateDir,
      commitIntervalMs: 20,
    });
    await app.start();
    for (const end = Date.now() + 10_000; !(await app.caughtUp());) {
      if (Date.now() > end) throw new Error('not through within 10 s');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });
  afterEach(async () => {
    await app.close();
    await client.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function send(...keys: string[]): Promise<void> {
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    for (const key of keys) producer.send('in', 0, Buffer.from(key), Buffer.from('v'), 1, []);
    await producer.flush();
    await producer.close();
  }

  async function run(...args: string[]): Promise<{ out: string; err: string; code: number }> {
    const { terminal, written } = fakeTerminal();
    let code = 0;
    const cluster = {
      description: '',
      registry: null,
      registryUrl: null,
      client: async () => client,
      close: async () => undefined,
      settings: () => Promise.reject(new Error('there is one thread only')),
    };
    const program = createProgram({
      terminal,
      environment: {},
      folder,
      stop: AbortSignal.timeout(10_000),
      exitCode: (given) => (code = given),
      openCluster: async () => cluster,
      createRuntime: (_topology, config) => new FakeRuntime(config, { events: [] }),
      lakeTables: (at) => new LakeTables(at),
    });
    try {
      await program.parseAsync(['state', '--app', './app.mjs', '--data-dir', 'data', ...args], { from: 'user' });
    } catch (error) {
      code = error instanceof CommanderError ? error.exitCode && 2 : reportFailure(terminal, error, false);
    }
    return { ...written, code };
  }

  it('reads the folders and the cluster, and changes nothing', async () => {
    await app.close();
    await send('c');
    const [state] = JSON.parse((await run('--brokers', 'a:1', '--json')).out) as StageState[];
    expect(state).toMatchObject({ stage: 'count', applicationId: 'words' });
    expect(state?.tasks[0]).toMatchObject({
      task: '0_0',
      clusterId: broker.clusterId,
      stores: [{ name: 'counts', kind: 'timestampedKeyValue', keys: 2, exact: true, position: 2, changelogLag: 0 }],
    });
    expect(state?.positions).toEqual([{ topic: 'in', partition: 0, committed: 3, end: 4, lag: 1 }]);
    const { out } = await run('--brokers', 'a:1');
    expect(out).toContain('counts (timestampedKeyValue): 2 keys');
    expect(out).toContain('changelog up to 2, complete');
    expect(out).toContain('in-0: committed 3, end 4, lag 1');
    expect(await readdir(join(folder, 'data', 'state', 'words'))).toContain('0_0');
  });

  it('reads the folders alone where no cluster is configured', async () => {
    await app.close();
    const { out, code } = await run();
    expect(code).toBe(0);
    expect(out).toContain('changelog up to 2\n');
    expect(out).not.toContain('committed');
  });

  it('tells of tasks that a process has open by their files, and leaves them alone', async () => {
    const { out, code } = await run();
    expect(code).toBe(0);
    expect(out).toMatch(/0_0: .*, written \d+ s ago, open in a running process: ask that with --url/);
    expect(app.store('counts').get('a')).toBe(2);
    await send('a');
    for (const end = Date.now() + 10_000; app.store('counts').get('a') !== 3;) {
      if (Date.now() > end) throw new Error('it does not go on');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });

  it('asks a running process', async () => {
    const { tasks, standbys, lag, state } = app.status();
    const stages = [
      {
        name: 'count',
        applicationId: 'words',
        state,
        lag,
        standbys,
        tasks: tasks.map(({ topics, ...task }) => ({ ...task, partitions: topics })),
      },
    ];
    const server = createServer((_request, response) => response.end(JSON.stringify({ stages })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const { out } = await run('--url', url);
      expect(out).toContain('count (words): RUNNING, 1 tasks, lag 0');
      expect(out).toContain('in-0: at 3, committed 3, lag 0');
      expect(JSON.parse((await run('--url', url, '--json')).out)).toMatchObject([{ applicationId: 'words' }]);
    } finally {
      server.close();
    }
    expect(await run('--url', url)).toMatchObject({
      code: 2,
      err: expect.stringContaining('does not answer') as string,
    });
  });
});
