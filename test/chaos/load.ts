import { setTimeout as sleep } from 'node:timers/promises';
import { NO_HEADERS } from '../../src/core/record.ts';
import type { KafkaClient } from '../../src/kafka/client.ts';
import { partitionOf } from '../../src/kafka/wire/murmur2.ts';
import { type Names, PARTITIONS } from './topology.ts';
import type { Random } from './random.ts';

const KEYS = 200;
const STEP_MS = 20;

export interface Load {
  /** Orders and payments that were handed to the producer. */
  readonly sent: number;
  /** Ends it; resolves when all of it is acknowledged. */
  stop(): Promise<void>;
}

/** Writes orders, and half as many payments, evenly in time, over restarts of the broker. */
export async function startLoad(
  client: KafkaClient,
  names: Names,
  random: Random,
  ordersPerSecond: number,
): Promise<Load> {
  const producer = client.producer({ lingerMs: 5, deliveryTimeoutMs: 600_000 });
  await producer.init();
  const over = new AbortController();
  let sent = 0;

  const send = (topic: string, id: string): void => {
    const key = Buffer.from(`key-${random.whole(0, KEYS)}`);
    const value = Buffer.from(JSON.stringify({ id, amount: random.whole(1, 100) }));
    producer.send(topic, partitionOf(key, PARTITIONS), key, value, Date.now(), NO_HEADERS);
    sent++;
  };

  const run = async (): Promise<void> => {
    const begun = performance.now();
    let orders = 0;
    let payments = 0;
    while (!over.signal.aborted) {
      await sleep(STEP_MS);
      const due = ((performance.now() - begun) / 1_000) * ordersPerSecond;
      while (orders < due) send(names.orders, `o${orders++}`);
      while (payments < due / 2) send(names.payments, `p${payments++}`);
      if (!producer.ready) await producer.drained();
    }
    await producer.flush();
    await producer.close();
  };
  const running = run();
  running.catch(() => undefined);
  return {
    get sent() {
      return sent;
    },
    stop: async () => {
      over.abort();
      await running;
    },
  };
}
