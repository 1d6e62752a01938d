import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { serdes, StreamsApp, StreamsBuilder, type Topology } from '../../src/index.ts';
import type { KafkaClient, Producer } from '../../src/kafka/client.ts';
import { until, withFetchers } from './instance.ts';

const TRANSACTION_TIMEOUT_MS = 300;
const WORDS = 60;

let broker: EmbeddedBroker;
let client: KafkaClient;
let dir: string;
let app: StreamsApp | null = null;

beforeEach(async () => {
  broker = new EmbeddedBroker();
  client = embeddedClient(broker);
  await client.connect();
  await client.admin.createTopics(['in', 'out'].map((name) => ({ name, partitions: 1, replicationFactor: 1 })));
  dir = await mkdtemp(join(tmpdir(), 'transaction-timeout-'));
});
afterEach(async () => {
  await app?.close();
  await client.close();
  await rm(dir, { recursive: true, force: true });
});

function counting(): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', { key: serdes.string, value: serdes.string })
    .groupByKey()
    .count({ store: 'counts' })
    .toStream()
    .to('out', { key: serdes.string, value: serdes.int64 });
  return builder.build();
}

async function send(from: number, to: number): Promise<void> {
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  for (let i = from; i < to; i++) producer.send('in', 0, Buffer.from(`k${i % 3}`), Buffer.from('x'), 1, []);
  await producer.flush();
  await producer.close();
}

/** Every committed record of the output. */
async function output(): Promise<string[]> {
  const fetcher = client.fetcher({ isolation: 'read_committed' });
  const [end] = await client.admin.listOffsets([{ topic: 'out', partition: 0 }], 'latest', 'read_committed');
  const found: string[] = [];
  fetcher.add('out', 0, 0);
  for (let position = 0; position < (end?.offset ?? 0);) {
    await fetcher.arrival(1_000);
    for (const chunk of fetcher.poll()) {
      while (chunk.records.next()) {
        found.push(`${String(chunk.records.key())}=${String(chunk.records.value()?.readBigInt64BE())}`);
      }
      position = chunk.nextOffset;
      fetcher.release(chunk);
    }
  }
  await fetcher.close();
  return found;
}

it.each(['flush', 'sendOffsets', 'commitTransaction'] as const)(
  'a transaction that the broker has aborted for its time-out is done again, and each record counts once (held at %s)',
  async (step) => {
    let holds = false;
    let held = 0;
    /** The step begins later than the transaction may take, once. */
    const late = (producer: Producer): Producer => {
      const call = producer[step].bind(producer) as (...args: readonly unknown[]) => Promise<void>;
      return Object.assign(producer, {
        [step]: async (...args: readonly unknown[]) => {
          if (holds) {
            holds = false;
            held++;
            const aborted = async (): Promise<boolean> => {
              const [stable] = await client.admin.listOffsets([at], 'latest', 'read_committed');
              const [end] = await client.admin.listOffsets([at], 'latest', 'read_uncommitted');
              return (end?.offset ?? 0) > before && stable?.offset === end?.offset;
            };
            await until('the broker’s abort', aborted);
          }
          await call(...args);
        },
      });
    };
    const at = { topic: 'app-counts-changelog', partition: 0 };
    const own = embeddedClient(broker);
    await own.connect();
    const slow: KafkaClient = {
      ...withFetchers(own, (fetcher) => fetcher),
      producer: (options) => late(own.producer(options)),
    };
    app = new StreamsApp(counting(), {
      applicationId: 'app',
      kafka: { client: slow },
      stateDir: dir,
      processingGuarantee: 'exactly_once_v2',
      commitIntervalMs: 20,
      cacheMaxBytes: 0,
      transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
    });
    await app.start();
    const running = app;
    await send(0, WORDS / 2);
    await until('the first half', () => running.caughtUp());
    const before = (await client.admin.listOffsets([at], 'latest', 'read_uncommitted'))[0]?.offset ?? 0;
    holds = true;
    await send(WORDS / 2, WORDS);
    await until('it is held', () => held === 1);
    await until('another thread', () => running.status().restarts === 1);
    await until('all', () => running.caughtUp());
    // Without a cache each input makes one output: k0 to k2, each counted up by one at a time.
    const each = Array.from({ length: WORDS }, (_, i) => `k${i % 3}=${Math.floor(i / 3) + 1}`);
    expect((await output()).sort()).toEqual(each.sort());
  },
  30_000,
);
