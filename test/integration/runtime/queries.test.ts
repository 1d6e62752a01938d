import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { queryable, serdes, serveQueries, StreamsApp, StreamsBuilder } from '../../../src/index.ts';
import { buildCommand } from '../../faults/command.ts';
import { numbers, TestCluster, until } from './cluster.ts';
import { MemberProcess } from './member-process.ts';

const brokers = inject('kafkaBootstrap');
const PARTITIONS = 4;
const WORDS = numbers(0, 40);
const strings = { key: serdes.string, value: serdes.string };
const counts = queryable.keyValue('counts', { key: serdes.string, value: serdes.int64 });
/** Long enough to ask all words while the group does not know of the kill yet. */
const SESSION_MS = 10_000;

describe.skipIf(brokers.length === 0)('queries over two instances on a real cluster', () => {
  const cluster = new TestCluster(brokers.length > 0 ? brokers : ['127.0.0.1:1']);
  const closers: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    buildCommand();
    await cluster.open();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(() => cluster.close());

  it('are answered by standbys from a SIGKILL of the other instance on, and by the survivor once it has the tasks', async () => {
    const [input, output] = [await cluster.topic('in', PARTITIONS), await cluster.topic('out', PARTITIONS)];
    const applicationId = cluster.name('queries');
    const shared = { applicationId, numStandbyReplicas: 1, sessionTimeoutMs: SESSION_MS };
    const builder = new StreamsBuilder();
    builder
      .stream(input, strings)
      .groupBy((value) => value, { key: serdes.string, name: 'by-word' })
      .count({ store: 'counts' })
      .toStream()
      .to(output, { key: serdes.string, value: serdes.int64 });
    let host: string | null = null;
    const app = new StreamsApp(builder.build(), {
      ...shared,
      kafka: { brokers },
      stateDir: join(cluster.dir, applicationId, 'here'),
      commitIntervalMs: 100,
      heartbeatIntervalMs: 300,
      // Soon, for the standby that becomes the other half of the tasks.
      probingRebalanceIntervalMs: 1_000,
      applicationServer: () => host,
    });
    const server = await serveQueries([app]);
    host = `127.0.0.1:${server.port}`;
    closers.push(
      () => server.close(),
      () => app.close(),
    );
    await app.start();
    const other = new MemberProcess({
      ...shared,
      brokers,
      topology: { name: 'count', input, output },
      stateDir: join(cluster.dir, applicationId, 'there'),
      serves: true,
    });
    closers.push(() => other.end('SIGKILL'));
    await other.reached('RUNNING');

    await cluster.send(input, [...WORDS, ...WORDS]);
    await cluster.committed(applicationId, input);
    await cluster.committed(applicationId, `${applicationId}-by-word-repartition`);
    const held = (): string[] => app.status().tasks.map(({ id }) => id);
    const copies = () => app.status().standbys;
    // Each of the store's tasks is here or a copy of it, up to the last record.
    await until('standbys that are caught up', () => {
      const stores = [...held(), ...copies().map(({ id }) => id)].filter((id) => id.startsWith('1_'));
      const current = copies().every(({ lag }) => lag === 0);
      return app.state === 'RUNNING' && new Set(stores).size === PARTITIONS && copies().length > 0 && current;
    });
    const ask = (stale?: true) => {
      const client = app.query(counts, { ...(stale ? { stale } : {}), timeoutMs: 30_000 });
      return Promise.all(WORDS.map((word) => client.get(word)));
    };
    const two = WORDS.map(() => 2);
    const before = await ask();
    expect(before.map(({ value }) => value)).toEqual(two);
    const hosts = new Set(before.map(({ source }) => source?.host ?? null));
    expect([hosts.size, hosts.has(null)]).toEqual([2, true]);

    await other.end('SIGKILL');
    const meanwhile = await ask(true);
    expect(meanwhile.map(({ value }) => value)).toEqual(two);
    const answered = meanwhile.map(({ source }) => [source?.host, source?.role]);
    expect(new Set(answered.map(String))).toEqual(new Set([',active', ',standby']));

    const after = await ask();
    expect(after.map(({ value }) => value)).toEqual(two);
    expect(new Set(after.map(({ source }) => `${source?.host} ${source?.role}`))).toEqual(new Set(['null active']));
    await cluster.send(input, WORDS);
    await until('all counts', async () => (await ask()).every(({ value }) => value === 3));
    expect([app.error, app.status().restarts]).toEqual([null, 0]);
  }, 120_000);
});
