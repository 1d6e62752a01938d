import type { KafkaClient, Serde } from '../../src/index.ts';
import { partitionOf } from '../../src/kafka/wire/murmur2.ts';
import type { InputSpec } from './cases.ts';
import { knownSchemas, type Order, orderSerde } from './topologies.ts';

export const PARTITIONS = 4;
/** Event time: 1,000 records in 10 ms. */
const RECORDS_PER_MS = 100;

export interface Inputs {
  /** The topic with these records; made when first asked for. */
  topic(spec: InputSpec): Promise<string>;
  /** Writes the records to a topic that exists. */
  write(topic: string, spec: InputSpec): Promise<void>;
}

export function makeInputs(client: KafkaClient, prefix: string, startMs: number): Inputs {
  const made = new Map<string, string>();

  async function write(topic: string, spec: InputSpec): Promise<void> {
    const producer = client.producer();
    await producer.init();
    const recordAt = await recordsOf(spec, startMs);
    for (let i = 0; i < spec.records; i++) {
      const { key, value, timestamp } = recordAt(i);
      const bytes = Buffer.from(key);
      producer.send(topic, partitionOf(bytes, PARTITIONS), bytes, value, timestamp, []);
      if (!producer.ready) await producer.drained();
    }
    await producer.flush();
    await producer.close();
  }

  return {
    write,
    async topic(spec) {
      const what = JSON.stringify(spec);
      const known = made.get(what);
      if (known !== undefined) return known;
      const topic = `${prefix}-input-${made.size}`;
      await client.admin.createTopics([{ name: topic, partitions: PARTITIONS, replicationFactor: -1 }]);
      await write(topic, spec);
      made.set(what, topic);
      return topic;
    },
  };
}

interface InputRecord {
  readonly key: string;
  readonly value: Buffer;
  readonly timestamp: number;
}

async function recordsOf(spec: InputSpec, startMs: number): Promise<(i: number) => InputRecord> {
  const { keys, valueBytes } = spec;
  const next = numbers(spec.seed);
  const value = Buffer.alloc(valueBytes, 'x');
  const timeOf = (i: number): number => startMs + Math.floor(i / RECORDS_PER_MS);
  switch (spec.kind) {
    case 'bytes':
      return (i) => ({ key: `key-${next() % keys}`, value, timestamp: timeOf(i) });
    case 'rows':
      // Before the first record of a stream, so that a join finds every row.
      return (i) => ({ key: `key-${i}`, value: numbered(valueBytes, i), timestamp: startMs - 1_000 });
    case 'customers':
      return (i) => ({ key: `customer-${i}`, value: numbered(valueBytes, i), timestamp: startMs - 1_000 });
    case 'orders':
      return (i) => {
        const order = Buffer.from(`customer-${next() % 10_000}|`.padEnd(valueBytes, 'x'));
        return { key: `order-${i}`, value: order, timestamp: timeOf(i) };
      };
    case 'avro': {
      const use = { topic: 'orders', role: 'value', direction: 'write', registry: knownSchemas } as const;
      const serde: Serde<Order> = (await orderSerde.prepare?.(use)) ?? orderSerde;
      return (i) => {
        const order = orderOf(i, next);
        return { key: order.customer.id, value: serde.serialize('orders', order), timestamp: timeOf(i) };
      };
    }
  }
}

function orderOf(i: number, next: () => number): Order {
  const customer = next() % 100_000;
  return {
    id: `order-${i}`,
    customer: { id: `customer-${customer}`, country: customer % 10 === 0 ? null : 'SI' },
    placedAt: 1_700_000_000_000 + i,
    lines: Array.from({ length: 1 + (next() % 5) }, () => {
      const item = next();
      return { sku: `sku-${item % 1_000}`, quantity: 1 + (item % 9), price: (item % 10_000) / 100 };
    }),
  };
}

/** Text that differs from row to row. */
function numbered(length: number, i: number): Buffer {
  return Buffer.from(String(i).padEnd(length, 'x'));
}

/** A linear congruential generator; its upper bits, since the lower ones repeat soon. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state >>> 8;
  };
}
