import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { serdes, StreamsApp, StreamsBuilder, type KafkaClient, type StreamsConfig } from '../../src/index.ts';
import { createLogger, type Logger } from '../../src/observe/logger.ts';

const strings = { key: serdes.string, value: serdes.string };

/** What becomes of the folders and topics that an application leaves. */
describe('what an application keeps', () => {
  let dir: string;
  const closers: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'local-state-'));
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await rm(dir, { recursive: true, force: true });
  });

  async function connected(broker: EmbeddedBroker): Promise<KafkaClient> {
    const client = embeddedClient(broker);
    await client.connect();
    closers.push(() => client.close());
    return client;
  }

  async function clusterWith(...words: string[]): Promise<{ broker: EmbeddedBroker; client: KafkaClient }> {
    const broker = new EmbeddedBroker();
    const client = await connected(broker);
    await client.admin.createTopics([{ name: 'in', partitions: 1, replicationFactor: 1 }]);
    await send(client, ...words);
    return { broker, client };
  }

  async function send(client: KafkaClient, ...words: string[]): Promise<void> {
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    for (const word of words) producer.send('in', 0, Buffer.from('k'), Buffer.from(word), 1, []);
    await producer.flush();
    await producer.close();
  }

  async function counting(broker: EmbeddedBroker, over: Partial<StreamsConfig> = {}): Promise<StreamsApp> {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .groupBy((word) => word, { key: serdes.string, name: 'by-word' })
      .count({ store: 'counts' });
    const app = new StreamsApp(builder.build(), {
      applicationId: 'app',
      kafka: { client: await connected(broker) },
      stateDir: dir,
      commitIntervalMs: 20,
      ...over,
    });
    closers.push(() => app.close());
    return app;
  }

  async function throughWith(app: StreamsApp): Promise<StreamsApp> {
    await app.start();
    await until(() => app.caughtUp());
    return app;
  }

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 10_000; !(await condition());) {
      if (Date.now() > end) throw new Error('it did not come to that within 10 s');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  function warnings(): { readonly logger: Logger; readonly lines: string[] } {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    return { lines, logger: createLogger({ level: 'warn', format: 'json', destination }) };
  }

  it('is wiped with a warning on another cluster, and restored from there', async () => {
    const first = await clusterWith('a', 'a', 'b');
    await (await throughWith(await counting(first.broker))).close();
    const second = await clusterWith('b');
    const { logger, lines } = warnings();
    const app = await throughWith(await counting(second.broker, { logger }));
    expect(app.store('counts').get('a')).toBeNull();
    expect(app.store('counts').get('b')).toBe(1);
    expect(lines.join()).toContain('it belongs to cluster');
  });

  it('is wiped with a warning when its changelog topic was made anew', async () => {
    const { broker, client } = await clusterWith('a', 'a');
    await (await throughWith(await counting(broker))).close();
    await client.admin.deleteTopics(['app-counts-changelog']);
    await send(client, 'a');
    const { logger, lines } = warnings();
    const app = await throughWith(await counting(broker, { logger }));
    expect(app.store('counts').get('a')).toBe(1);
    expect(lines.join()).toContain('its changelog topic was made anew');
  });

  it('is removed by cleanUp, only while the application does not run, and restored', async () => {
    const { broker } = await clusterWith('a', 'a');
    const app = await throughWith(await counting(broker));
    await expect(app.cleanUp()).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
    await app.close();
    await app.cleanUp();
    expect((await readdir(join(dir, 'app'))).sort()).toEqual(['.lock', 'process-id']);
    const next = await throughWith(await counting(broker));
    expect(next.store('counts').get('a')).toBe(2);
    expect(next.status().tasks.reduce((sum, { restored }) => sum + restored, 0)).toBe(1);
  });

  it('is removed when its task has moved away for long enough, while others run on', async () => {
    const { broker } = await clusterWith('a', 'a');
    const gone = join(dir, 'app', '1_7', 'db');
    await mkdir(gone, { recursive: true });
    const app = await throughWith(await counting(broker, { stateCleanupDelayMs: 50 }));
    await until(() => !existsSync(join(dir, 'app', '1_7')));
    expect(await readdir(join(dir, 'app'))).toContain('1_0');
    expect(app.store('counts').get('a')).toBe(2);
    expect(app.readiness()).toEqual({ ready: true });
    expect(app.liveness()).toEqual({ ready: true });
    await app.close();
    expect(app.readiness()).toEqual({ ready: false, reason: 'the application is NOT_RUNNING' });
  });

  it('is purged from repartition topics once it is processed and committed', async () => {
    const { broker, client } = await clusterWith('a', 'b', 'c');
    const app = await throughWith(await counting(broker, { repartitionPurgeIntervalMs: 0 }));
    const repartition = [{ topic: 'app-by-word-repartition', partition: 0 }];
    const start = async (): Promise<number> =>
      (await client.admin.listOffsets(repartition, 'earliest'))[0]?.offset ?? -1;
    await until(async () => (await start()) === 3);
    await send(client, 'a');
    await until(async () => (await start()) === 4);
    expect(app.store('counts').get('a')).toBe(2);
    expect((await client.admin.listOffsets([{ topic: 'in', partition: 0 }], 'earliest'))[0]?.offset).toBe(0);
  });
});
