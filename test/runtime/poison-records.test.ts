import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { EmbeddedRegistry } from '../../src/embedded/registry.ts';
import {
  avro,
  headerText,
  serdes,
  type SchemaRegistry,
  StreamsApp,
  StreamsBuilder,
  StreamsError,
} from '../../src/index.ts';
import type { StreamsConfig } from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';

const schema = { type: 'record', name: 'Click', fields: [{ name: 'n', type: 'int' }] } as const;
/** A key that is not a whole number makes it throw. */
const key = { ...serdes.string, name: 'digits', deserialize: (_topic: string, bytes: Buffer) => digits(String(bytes)) };

function digits(text: string): string {
  if (!/^\d+$/.test(text)) throw new RangeError(`${text} is not a number`);
  return text;
}

interface Letter {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
  readonly reason: string | undefined;
  readonly from: string;
  readonly trace: string | undefined;
}

describe('a poisoned record', () => {
  let client: KafkaClient;
  let dir: string;
  let registry: EmbeddedRegistry;
  const made: StreamsApp[] = [];

  beforeEach(async () => {
    client = embeddedClient(new EmbeddedBroker());
    await client.connect();
    const names = ['in', 'out', 'dead'];
    await client.admin.createTopics(names.map((name) => ({ name, partitions: 1, replicationFactor: 1 })));
    dir = await mkdtemp(join(tmpdir(), 'poison-'));
    registry = new EmbeddedRegistry();
  });
  afterEach(async () => {
    await Promise.all(made.splice(0).map((app) => app.close()));
    await client.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function start(over: Partial<StreamsConfig> = {}): Promise<StreamsApp> {
    const builder = new StreamsBuilder();
    builder
      .stream('in', { key, value: avro<{ n: number }>(schema) })
      .mapValues(({ n }) => {
        if (n === 13) throw new Error('thirteen');
        return String(n);
      })
      .to('out', { key: serdes.string, value: serdes.string });
    const app = new StreamsApp(builder.build(), {
      applicationId: 'poison',
      kafka: { client },
      registry,
      stateDir: dir,
      commitIntervalMs: 20,
      deserializationHandler: 'deadLetter',
      processingHandler: 'deadLetter',
      deadLetterTopic: 'dead',
      ...over,
    });
    made.push(app);
    await app.start();
    return app;
  }

  async function send(records: readonly (readonly [key: string, value: Buffer, timestamp: number])[]): Promise<void> {
    const producer = client.producer({ lingerMs: 0 });
    await producer.init();
    const headers = [{ key: 'trace', value: Buffer.from('t1') }];
    for (const [name, value, timestamp] of records)
      producer.send('in', 0, Buffer.from(name), value, timestamp, headers);
    await producer.flush();
    await producer.close();
  }

  async function read(topic: string): Promise<Letter[]> {
    const [end] = await client.admin.listOffsets([{ topic, partition: 0 }], 'latest', 'read_committed');
    const fetcher = client.fetcher();
    fetcher.add(topic, 0, 0);
    const all: Letter[] = [];
    for (let next = 0; next < (end?.offset ?? 0);) {
      await fetcher.arrival(1_000);
      for (const { records, nextOffset } of fetcher.poll()) {
        next = nextOffset;
        while (records.next()) {
          const text = (name: string): string | undefined => headerText(records.headers(), name);
          all.push({
            key: records.key()?.toString() ?? null,
            value: records.value(),
            timestamp: records.timestamp,
            reason: text('__streams.errors.exception'),
            from: ['topic', 'partition', 'offset'].map((part) => text(`__streams.errors.${part}`)).join(' '),
            trace: text('trace'),
          });
        }
      }
    }
    await fetcher.close();
    return all;
  }

  async function encoded(n: number): Promise<Buffer> {
    const use = { topic: 'in', role: 'value' as const, direction: 'write' as const, registry };
    const serde = await avro<{ n: number }>(schema).prepare?.(use);
    return serde?.serialize('in', { n }) ?? Buffer.alloc(0);
  }

  it.each(['at_least_once', 'exactly_once_v2'] as const)(
    'goes to the dead letters as it came, whatever is wrong with it, and none beside it is lost (%s)',
    async (processingGuarantee) => {
      const good = await encoded(1);
      const garbage = Buffer.from('no Avro at all');
      const unknownSchema = Buffer.from([0, 0, 0, 0, 99, 2]);
      const cut = good.subarray(0, 5);
      const thirteen = await encoded(13);
      const app = await start({ processingGuarantee });
      await send([
        ['1', good, 10],
        ['x', good, 11],
        ['2', garbage, 12],
        ['3', good, 13],
        ['4', unknownSchema, 14],
        ['5', cut, 15],
        ['6', thirteen, 16],
        ['7', good, 17],
      ]);
      await expect.poll(() => app.caughtUp(), { timeout: 10_000 }).toBe(true);
      expect((await read('out')).map((record) => record.key)).toEqual(['1', '3', '7']);
      const letters = await read('dead');
      expect(letters.map((letter) => [letter.key, letter.value, letter.timestamp, letter.from, letter.trace])).toEqual([
        ['x', good, 11, 'in 0 1', 't1'],
        ['2', garbage, 12, 'in 0 2', 't1'],
        ['4', unknownSchema, 14, 'in 0 4', 't1'],
        ['5', cut, 15, 'in 0 5', 't1'],
        ['6', thirteen, 16, 'in 0 6', 't1'],
      ]);
      expect([letters[0]?.reason, letters[4]?.reason]).toEqual(['RangeError', 'Error']);
      expect(app.status().restarts).toBe(0);
    },
  );

  it('waits for a registry that does not answer, and ends with TASK_TIMEOUT when it never does', async () => {
    const value = await encoded(1);
    let isDown = false;
    let asked = 0;
    const guarded: SchemaRegistry = {
      register: (...given) => registry.register(...given),
      latest: (...given) => registry.latest(...given),
      versions: (...given) => registry.versions(...given),
      compatible: (...given) => registry.compatible(...given),
      schema: async (id) => {
        asked++;
        if (isDown) throw new StreamsError('REGISTRY_UNAVAILABLE', 'no answer');
        return registry.schema(id);
      },
    };
    isDown = true;
    const app = await start({ registry: guarded, taskTimeoutMs: 30_000 });
    await send([['1', value, 1]]);
    await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(1);
    expect([app.state, app.status().restarts]).toEqual(['RUNNING', 0]);
    isDown = false;
    await expect.poll(() => app.caughtUp(), { timeout: 10_000 }).toBe(true);
    expect((await read('out')).length).toBe(1);
    await app.close();

    isDown = true;
    const second = await start({ registry: guarded, taskTimeoutMs: 300, applicationId: 'second' });
    await expect.poll(() => second.state, { timeout: 10_000 }).toBe('ERROR');
    expect(second.error).toMatchObject({
      code: 'TASK_TIMEOUT',
      coordinates: { topic: 'in', partition: 0, offset: 0, task: '0_0' },
      cause: { code: 'REGISTRY_UNAVAILABLE' },
    });
  });

  it('ends with TASK_TIMEOUT when the registry does not answer a task that is to begin', async () => {
    const down: SchemaRegistry = Object.assign(Object.create(registry) as SchemaRegistry, {
      register: () => Promise.reject(new StreamsError('REGISTRY_UNAVAILABLE', 'no answer')),
    });
    const builder = new StreamsBuilder();
    const clicks = avro<{ n: number }>(schema);
    builder.stream('in', { key, value: clicks }).to('out', { key, value: clicks });
    const app = new StreamsApp(builder.build(), {
      applicationId: 'beginning',
      kafka: { client },
      registry: down,
      stateDir: dir,
      taskTimeoutMs: 200,
    });
    made.push(app);
    await expect(app.start()).rejects.toMatchObject({
      code: 'TASK_TIMEOUT',
      coordinates: { task: '0_0' },
      cause: { code: 'REGISTRY_UNAVAILABLE' },
    });
    // It is the task that is tried again, in the thread that it is assigned to.
    expect(app.status().restarts).toBe(0);
  });
});
