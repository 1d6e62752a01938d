import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EmbeddedBroker } from '../../../src/embedded/broker.ts';
import { embeddedClient } from '../../../src/embedded/client.ts';
import {
  type QueryServer,
  queryable,
  serdes,
  serveQueries,
  session,
  StreamsApp,
  StreamsBuilder,
  tumbling,
} from '../../../src/index.ts';
import type { KafkaClient } from '../../../src/kafka/client.ts';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly error?: { readonly code: string; readonly message: string };
    readonly entries?: readonly { readonly key: unknown; readonly value: unknown; readonly window?: unknown }[];
    readonly after?: string | null;
    readonly [name: string]: unknown;
  };
}

let client: KafkaClient;
let app: StreamsApp;
let server: QueryServer;
let dir: string;
const json = { key: serdes.json<{ id: number }>(), value: serdes.json<{ at: string[] }>() };

beforeAll(async () => {
  const broker = new EmbeddedBroker();
  client = embeddedClient(broker);
  await client.connect();
  const topics = { words: 2, things: 1, history: 1 };
  await client.admin.createTopics(
    Object.entries(topics).map(([name, partitions]) => ({ name, partitions, replicationFactor: 1 })),
  );
  dir = await mkdtemp(join(tmpdir(), 'store-pages-'));
  const builder = new StreamsBuilder();
  const words = builder.stream('words', { key: serdes.string, value: serdes.string });
  const grouped = words.groupBy((word) => word, { key: serdes.string, name: 'by-word' });
  grouped.count({ store: 'counts' });
  grouped.windowedBy(tumbling({ sizeMs: 10, graceMs: 1_000 })).count({ store: 'windows' });
  grouped.windowedBy(session({ inactivityGapMs: 5, graceMs: 1_000 })).count({ store: 'sessions' });
  builder.table('things', { ...json, store: 'things' });
  builder.table('history', {
    key: serdes.string,
    value: serdes.string,
    store: 'history',
    versioned: { historyRetentionMs: 1_000 },
  });
  app = new StreamsApp(builder.build(), {
    applicationId: 'app',
    kafka: { client },
    stateDir: dir,
    commitIntervalMs: 20,
    applicationServer: 'stores.example:80',
  });
  server = await serveQueries([app]);
  await app.start();
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  const send = (topic: string, key: string, value: string, time: number): void =>
    producer.send(topic, 0, Buffer.from(key), Buffer.from(value), time, []);
  for (const [i, word] of ['a', 'b', 'a', 'c d/e', 'ab', 'abc'].entries()) send('words', '', word, i * 10);
  send('things', '{"id":7}', '{"at":["x"]}', 5);
  for (const at of [10, 20]) send('history', 'k', `v${at}`, at);
  await producer.flush();
  await producer.close();
  await vi.waitUntil(() => app.caughtUp(), { timeout: 10_000, interval: 10 });
});

afterAll(async () => {
  await server.close();
  await app.close();
  await client.close();
  await rm(dir, { recursive: true, force: true });
});

async function get(path: string, init?: RequestInit): Promise<Answer> {
  const answer = await fetch(`${server.url}${path}`, init);
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer['body'] };
}

describe('the pages of stores', () => {
  it('list the stores with their types and who has them', async () => {
    const { body } = await get('/stores');
    const stores = body['stores'] as { store: string; kind: string; partitions: unknown[] }[];
    expect(stores.map(({ store, kind }) => [store, kind])).toEqual([
      ['counts', 'keyValue'],
      ['history', 'versioned'],
      ['sessions', 'session'],
      ['things', 'keyValue'],
      ['windows', 'window'],
    ]);
    expect((await get('/stores/counts')).body).toMatchObject({
      app: 'app',
      key: 'string',
      value: 'int64',
      partitions: [
        { partition: 0, activeHost: 'stores.example:80', standbyHosts: [] },
        { partition: 1, activeHost: 'stores.example:80' },
      ],
    });
  });

  it('give a value with its time and where it is from', async () => {
    const { status, body } = await get('/stores/counts/keys/a');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      store: 'counts',
      key: 'a',
      value: 2,
      timestamp: 20,
      source: { role: 'active', lag: 0 },
    });
    expect((await get(`/stores/counts/keys/${encodeURIComponent('c d/e')}`)).body).toMatchObject({ value: 1 });
  });

  it('take keys that are not text as JSON', async () => {
    const { body } = await get(`/stores/things/keys/${encodeURIComponent('{"id":7}')}`);
    expect(body).toMatchObject({ key: { id: 7 }, value: { at: ['x'] } });
    expect(await get('/stores/things/keys/nonsense')).toMatchObject({
      status: 400,
      body: { error: { code: 'QUERY_INVALID' } },
    });
  });

  it('answer 404 with the reason for a key or a store that is not there', async () => {
    expect(await get('/stores/counts/keys/none')).toMatchObject({
      status: 404,
      body: { error: { code: 'NO_VALUE', message: 'store counts has no value for none' } },
    });
    expect(await get('/stores/nothing/keys/a')).toMatchObject({
      status: 404,
      body: { error: { code: 'STORE_UNKNOWN' } },
    });
  });

  it('list ranges and prefixes in pages over the partitions', async () => {
    const all: string[] = [];
    let after: string | null = '';
    while (after !== null) {
      const { body } = await get(`/stores/counts/keys?limit=2${after === '' ? '' : `&after=${after}`}`);
      expect(body.entries?.length).toBeLessThanOrEqual(2);
      all.push(...(body.entries ?? []).map(({ key }) => String(key)));
      after = body.after ?? null;
    }
    expect(all.sort()).toEqual(['a', 'ab', 'abc', 'b', 'c d/e']);
    const keys = async (query: string): Promise<string[]> => {
      const { entries = [] } = (await get(`/stores/counts/keys?${query}`)).body;
      return entries.map(({ key }) => String(key)).sort();
    };
    expect(await keys('prefix=ab')).toEqual(['ab', 'abc']);
    expect(await keys('from=ab&to=b')).toEqual(['ab', 'abc', 'b']);
    expect(await keys('from=ab&to=b&reverse=true&local=true')).toEqual(['ab', 'abc', 'b']);
    expect((await get('/stores/counts/keys?after=xx')).status).toBe(400);
    expect((await get('/stores/counts/keys?limit=x')).status).toBe(400);
    expect((await get('/stores/things/keys?prefix=x')).status).toBe(400);
  });

  it('list windows, sessions and versions', async () => {
    expect((await get('/stores/windows/keys/a')).body.entries).toMatchObject([
      { window: { start: 0, end: 10 }, value: 1 },
      { window: { start: 20, end: 30 }, value: 1 },
    ]);
    expect((await get('/stores/windows/keys/a?fromMs=1')).body.entries).toHaveLength(1);
    expect((await get('/stores/windows/keys?fromMs=10&toMs=20')).body.entries).toHaveLength(2);
    expect((await get('/stores/sessions/keys/a')).body.entries).toHaveLength(2);
    expect((await get('/stores/sessions/keys?toMs=20')).body.entries).toHaveLength(3);
    expect((await get('/stores/history/keys/k')).body).toMatchObject({ value: 'v20' });
    expect((await get('/stores/history/keys/k?asOf=15')).body).toMatchObject({ value: 'v10', validTo: 20 });
    expect((await get('/stores/history/keys/k?fromMs=0')).body.entries).toHaveLength(2);
    expect((await get('/stores/history/keys')).status).toBe(400);
  });

  it('answer 503 and when to come again for a position or an instance that is not there yet', async () => {
    const answer = await get('/stores/counts/keys/a?partition=9&local=true');
    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'NOT_PRESENT' } } });
    expect(answer.headers.get('retry-after')).toBe('1');
  });

  it('keep pages of other sites out that have had their name point here', async () => {
    const status = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        request(`${server.url}/stores`, { headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .on('error', reject)
          .end();
      });
    expect(await status('evil.example')).toBe(421);
    for (const host of ['127.0.0.1:1', '[::1]:1', 'localhost', 'stores.example:80'])
      expect(await status(host)).toBe(200);
  });

  it('refuse instances that do not ask as instances do', async () => {
    const post = (body: string, type = 'application/json'): Promise<Answer> =>
      get('/queries', { method: 'POST', headers: { 'content-type': type }, body });
    expect((await post('{}', 'text/plain')).status).toBe(415);
    expect(await post('no json')).toMatchObject({ status: 400, body: { error: { code: 'QUERY_INVALID' } } });
    expect((await post(JSON.stringify({ applicationId: 'other', request: {} }))).body.error?.code).toBe('NOT_PRESENT');
    expect((await post(JSON.stringify({ applicationId: 'app', request: { store: 1 } }))).body.error).toMatchObject({
      code: 'QUERY_INVALID',
      message: 'request.store: expected a text',
    });
    expect((await get('/queries')).status).toBe(405);
    expect((await get('/stores', { method: 'DELETE' })).status).toBe(405);
  });
});

describe('a store by its types', () => {
  it('is refused under another kind or other serdes than the topology’s', () => {
    const counted = { key: serdes.string, value: serdes.int64 };
    expect(app.store(queryable.keyValue('counts', counted)).get('a')).toBe(2);
    const refused = (read: () => unknown, message: RegExp): void =>
      expect(read).toThrow(expect.objectContaining({ code: 'QUERY_INVALID', message: expect.stringMatching(message) }));
    refused(() => app.store(queryable.window('counts', counted)), /is a keyValue store, not a window store/);
    refused(() => app.query(queryable.window('counts', counted)), /is a keyValue store, not a window store/);
    refused(
      () => app.store(queryable.keyValue('counts', { ...counted, value: serdes.string })),
      /has values of int64, not string/,
    );
    refused(
      () => app.store(queryable.keyValue('counts', { ...counted, key: serdes.int32 })),
      /has keys of string, not int32/,
    );
  });
});
