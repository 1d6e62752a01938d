import { expect, it } from 'vitest';
import { EmbeddedBroker } from '../../src/embedded/broker.ts';
import { embeddedClient } from '../../src/embedded/client.ts';
import { startWireServer } from '../../src/embedded/wire-server.ts';
import { kafkaClient } from '../../src/kafka/connect.ts';

const PARTITIONS = 100;
const EACH = 2;
/** Three times what a partition's share of the budget is. */
const RECORD_BYTES = 250_000;
const MIB = 1 << 20;

/**
 * A record comes whole, and a partition that others wait for must come on whatever these hold: so the bound is the budget, or
 * one batch for each partition where that is more, and never what waits on the broker.
 */
it(
  '100 partitions of large records hold one batch each, however many wait, and each is read',
  { timeout: 60_000 },
  async () => {
    const broker = new EmbeddedBroker();
    const wire = await startWireServer(broker);
    const writer = embeddedClient(broker);
    await writer.connect();
    await writer.admin.createTopics([{ name: 'large', partitions: PARTITIONS, replicationFactor: 1 }]);
    const producer = writer.producer({ batchBytes: 1_000, maxBufferedBytes: 16 * MIB, maxRecordBytes: MIB });
    await producer.init();
    const record = Buffer.alloc(RECORD_BYTES - 1_000, 'x');
    for (let i = 0; i < PARTITIONS * EACH; i++) {
      producer.send('large', i % PARTITIONS, null, record, 1, []);
      if (!producer.ready) await producer.drained();
    }
    await producer.flush();
    await producer.close();
    const reader = kafkaClient({ brokers: [wire.address] });
    await reader.connect();
    const fetcher = reader.fetcher({ maxBufferedBytes: 8 * MIB, maxWaitMs: 20 });
    for (let partition = 0; partition < PARTITIONS; partition++) fetcher.add('large', partition, 0);
    try {
      const held = [];
      let most = 0;
      // Nobody gives anything back until nothing comes any more.
      for (let quiet = 0; quiet < 3; quiet++) {
        await fetcher.arrival(100);
        const chunks = fetcher.poll();
        if (chunks.length > 0) quiet = 0;
        held.push(...chunks);
        most = Math.max(most, fetcher.bufferedBytes);
      }
      expect(new Set(held.map(({ partition }) => partition)).size).toBe(PARTITIONS);
      expect(held.length).toBe(PARTITIONS);
      expect(most).toBeLessThan(PARTITIONS * 1.05 * RECORD_BYTES);
      for (const chunk of held) fetcher.release(chunk);
      expect(fetcher.bufferedBytes).toBe(0);
      const next = new Map<number, number>(held.map(({ partition, nextOffset }) => [partition, nextOffset]));
      while ([...next.values()].some((offset) => offset < EACH)) {
        await fetcher.arrival(1_000);
        for (const chunk of fetcher.poll()) {
          next.set(chunk.partition, chunk.nextOffset);
          fetcher.release(chunk);
        }
      }
      expect(next.size).toBe(PARTITIONS);
    } finally {
      await fetcher.close();
      await reader.close();
      await writer.close();
      await wire.close();
    }
  },
);
