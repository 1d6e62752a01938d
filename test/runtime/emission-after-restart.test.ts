import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { serdes, StreamsApp, StreamsBuilder, tumbling, type Topology } from '../../src/index.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { decodeOffsetMetadata } from '../../src/runtime/offset-metadata.ts';

const text = { key: serdes.string, value: serdes.string };

function onClose(): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', text)
    .groupByKey(text)
    .windowedBy(tumbling({ sizeMs: 10 }))
    .emitStrategy('onWindowClose')
    .aggregate(
      () => '',
      (value, sum) => sum + value,
      { ...text, store: 'sums', retentionMs: 10_000 },
    )
    .toStream((_sum, { key, window }) => `${key}[${window.start},${window.end})`)
    .to('out', text);
  return builder.build();
}

async function read(client: KafkaClient, topic: string): Promise<string[]> {
  const [end] = await client.admin.listOffsets([{ topic, partition: 0 }], 'latest');
  const fetcher = client.fetcher();
  const found: string[] = [];
  if (end !== undefined && end.offset > 0) fetcher.add(topic, 0, 0);
  for (let at = 0; at < (end?.offset ?? 0);) {
    await fetcher.arrival(100);
    for (const chunk of fetcher.poll()) {
      while (chunk.records.next()) found.push(`${String(chunk.records.key())}=${String(chunk.records.value())}`);
      at = chunk.nextOffset;
      fetcher.release(chunk);
    }
  }
  await fetcher.close();
  return found;
}

it('a window that was emitted on close is not emitted again after a restart, the local state lost', async () => {
  const broker = new EmbeddedBroker();
  const client = embeddedClient(broker);
  await client.connect();
  await client.admin.createTopics(['in', 'out'].map((name) => ({ name, partitions: 1, replicationFactor: 1 })));
  const producer = client.producer({ lingerMs: 0 });
  await producer.init();
  const run = async (records: readonly (readonly [string, string, number])[], expected: number): Promise<void> => {
    const stateDir = await mkdtemp(join(tmpdir(), 'emission-'));
    const own = embeddedClient(broker);
    await own.connect();
    const app = new StreamsApp(onClose(), {
      applicationId: 'app',
      kafka: { client: own },
      stateDir,
      commitIntervalMs: 20,
      emitIntervalMs: 0,
    });
    await app.start();
    for (const [key, value, time] of records) {
      producer.send('in', 0, Buffer.from(key), Buffer.from(value), time, []);
    }
    await producer.flush();
    await vi.waitFor(async () => expect(await app.caughtUp()).toBe(true), 10_000);
    await vi.waitFor(async () => expect(await read(client, 'out')).toHaveLength(expected), 10_000);
    await app.close();
    await rm(stateDir, { recursive: true });
  };
  await run(
    [
      ['a', 'x', 3],
      ['b', 'y', 14],
    ],
    1,
  );
  const [committed] = await client.admin.fetchOffsets('app', [{ topic: 'in', partition: 0 }]);
  expect(decodeOffsetMetadata(committed?.metadata ?? '')).toEqual({
    partitionTime: 14,
    remembered: new Map([
      ['KSTREAM-AGGREGATE-0000000001-observed', 14],
      ['sums', 14],
    ]),
  });
  await run([['c', 'z', 27]], 2);
  expect(await read(client, 'out')).toEqual(['a[0,10)=x', 'b[10,20)=y']);
  await producer.close();
  await client.close();
});
