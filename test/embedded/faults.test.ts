import { afterEach, describe, expect, it } from 'vitest';
import { NO_HEADERS } from '../../src/core/record.ts';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import type { Fault, Intercept } from '../../src/embedded/intercept.ts';
import type { Fetcher, KafkaClient, Producer } from '../../src/kafka/client.ts';

const RECORDS = 300;
const clients: KafkaClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

/** Numbers in [0, 1) that repeat for a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Every tenth request goes wrong in one of four ways. */
function randomFaults(random: () => number): Intercept {
  const faults: readonly Fault[] = [
    { kind: 'error', error: 'COORDINATOR_NOT_AVAILABLE' },
    { kind: 'drop' },
    { kind: 'dropReply' },
    { kind: 'delay', delayMs: 2 },
  ];
  return () => (random() < 0.1 ? (faults[Math.floor(random() * faults.length)] ?? null) : null);
}

async function newClient(broker: EmbeddedBroker): Promise<KafkaClient> {
  const client = embeddedClient(broker, { requestTimeoutMs: 10 });
  clients.push(client);
  await client.connect();
  return client;
}

async function fill(broker: EmbeddedBroker): Promise<void> {
  const client = await newClient(broker);
  await client.admin.createTopics(['in', 'out'].map((name) => ({ name, partitions: 1, replicationFactor: -1 })));
  const producer = client.producer({ batchBytes: 400 });
  await producer.init();
  for (let i = 0; i < RECORDS; i++) producer.send('in', 0, null, Buffer.from(`${i}`), i, NO_HEADERS);
  await producer.flush();
}

async function valuesOf(broker: EmbeddedBroker, topic: string): Promise<string[]> {
  const client = await newClient(broker);
  const [end] = await client.admin.listOffsets([{ topic, partition: 0 }], 'latest', 'read_committed');
  const fetcher = client.fetcher();
  fetcher.add(topic, 0, 0);
  const values: string[] = [];
  for (let position = 0; position < (end?.offset ?? 0);) {
    await fetcher.arrival(1_000);
    for (const chunk of fetcher.poll()) {
      while (chunk.records.next()) values.push(chunk.records.value()?.toString() ?? '');
      position = chunk.nextOffset;
    }
  }
  return values;
}

/** Copies in → out, one transaction for each arrival, from the committed offset on, until the input ends or something fails. */
async function copy(client: KafkaClient, fetcher: Fetcher, producer: Producer, isKilled: () => boolean): Promise<void> {
  await producer.init();
  const [committed] = await client.admin.fetchOffsets('copy');
  let position = committed?.offset ?? 0;
  fetcher.add('in', 0, position);
  while (position < RECORDS) {
    await fetcher.arrival(50);
    if (isKilled()) throw new Error('killed');
    for (const chunk of fetcher.poll()) {
      if (chunk.error) throw chunk.error;
      producer.beginTransaction();
      while (chunk.records.next()) {
        producer.send('out', 0, null, chunk.records.value(), chunk.records.timestamp, NO_HEADERS);
      }
      position = chunk.nextOffset;
      const group = { groupId: 'copy', generationId: -1, memberId: '', groupInstanceId: null };
      await producer.sendOffsets(group, [{ topic: 'in', partition: 0, offset: position, metadata: '' }]);
      await producer.commitTransaction();
      fetcher.release(chunk);
    }
  }
}

describe('under faults of every kind, at random', () => {
  it.each([1, 2, 3, 4, 5])('an idempotent producer writes everything once and in order (seed %i)', async (seed) => {
    const broker = new EmbeddedBroker();
    broker.intercept = randomFaults(randomOf(seed));
    await fill(broker);
    broker.intercept = null;
    expect(await valuesOf(broker, 'in')).toEqual(Array.from({ length: RECORDS }, (_, i) => `${i}`));
  });

  it.each([1, 2, 3, 4, 5])('a transactional copy is exact, however often it starts again (seed %i)', async (seed) => {
    const broker = new EmbeddedBroker();
    await fill(broker);
    const random = randomOf(seed);
    broker.intercept = randomFaults(random);
    for (let isDone = false, starts = 0; !isDone; starts++) {
      expect(starts).toBeLessThan(100);
      const client = await newClient(broker);
      const fetcher = client.fetcher({ maxPartitionBytes: 1_000, maxWaitMs: 10 });
      const producer = client.producer({ transactionalId: 'copy', batchBytes: 300, deliveryTimeoutMs: 60 });
      // Some of the starts end in the middle of something, as a process that is killed.
      let isKilled = false;
      const kill = (): void => {
        isKilled = true;
        void client.close();
      };
      const killer = random() < 0.7 ? setTimeout(kill, random() * 30) : undefined;
      isDone = await copy(client, fetcher, producer, () => isKilled).then(
        () => true,
        () => false,
      );
      clearTimeout(killer);
      await client.close();
    }
    broker.intercept = null;
    // An older instance's open transaction would hold the end back: the next of its id ends it.
    await (await newClient(broker)).producer({ transactionalId: 'copy' }).init();
    expect(await valuesOf(broker, 'out')).toEqual(Array.from({ length: RECORDS }, (_, i) => `${i}`));
  });
});
