import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  avro,
  hopping,
  joinWindow,
  type KStream,
  type SchemaRegistry,
  serdes,
  session,
  StreamsBuilder,
  type TimeWindows,
  type Topology,
  tumbling,
} from '../../src/index.ts';

export interface TopologyOptions {
  readonly input: string;
  /** The second input of joins. */
  readonly other: string;
  readonly output: string;
  /** Called for each record of a stream source (foreign-key join: for each result). */
  readonly seen: () => void;
}

/** The fields of `order.avsc` that the case looks at. */
export interface Order {
  readonly id: string;
  readonly customer: { readonly id: string; readonly country: string | null };
  readonly placedAt: number;
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly price: number }[];
}

interface PricedOrder {
  readonly id: string;
  readonly country: string | null;
  readonly placedAt: number;
  readonly items: number;
  readonly total: number;
}

const { string, bytes, int64 } = serdes;

/** The topologies of bench/kafka-streams/…/Cases.java, node by node the same. */
export const topologies: Readonly<Record<string, (builder: StreamsBuilder, options: TopologyOptions) => void>> = {
  stateless: (builder, { input, output, seen }) =>
    source(builder, input, seen)
      .filter((_value, key) => key !== null)
      .mapValues((value) => value)
      .to(output, { value: bytes }),
  filter: (builder, { input, output, seen }) =>
    source(builder, input, seen)
      .filter((value) => value.length > 1 << 20)
      .to(output),
  count: (builder, { input, output, seen }) =>
    source(builder, input, seen).groupByKey().count({ store: 'counts' }).toStream().to(output, { value: int64 }),
  window: (builder, options) => counts(builder, options, tumbling({ sizeMs: 1_000 })),
  hopping: (builder, options) => counts(builder, options, hopping({ sizeMs: 1_000, advanceMs: 250 })),
  session: (builder, { input, output, seen }) =>
    source(builder, input, seen)
      .groupByKey()
      .windowedBy(session({ inactivityGapMs: 500, graceMs: 60_000 }))
      .count({ store: 'counts' })
      .toStream()
      .to(output, { key: serdes.sessionWindowed(string), value: int64 }),
  'table-join': (builder, { input, other, output, seen }) =>
    source(builder, input, seen)
      .join(builder.table(other, { key: string, value: bytes, store: 'table' }), (_value, row) => row)
      .to(output, { value: bytes }),
  'stream-join': (builder, { input, other, output, seen }) =>
    source(builder, input, seen)
      .join(source(builder, other, seen), (left) => left, joinWindow({ beforeMs: 500 }))
      .to(output, { value: bytes }),
  'foreign-key-join': (builder, { input, other, output, seen }) =>
    builder
      .table(input, { key: string, value: string, store: 'orders' })
      .join(
        builder.table(other, { key: string, value: string, store: 'customers' }),
        (order) => order.slice(0, order.indexOf('|')),
        (order, customer) => `${order}|${customer}`,
      )
      .toStream()
      .peek(seen)
      .to(output, { value: string }),
  avro: (builder, { input, output, seen }) =>
    builder
      .stream(input, { key: string, value: orderSerde })
      .peek(seen)
      .mapValues(priced)
      .to(output, { value: avro<PricedOrder>(schemaText('priced-order')) }),
  'map-async': (builder, { input, output, seen }) =>
    builder
      .stream(input, { key: string, value: bytes })
      .mapAsync(slowCall, { concurrency: CALLS_PER_PARTITION })
      .peek(seen)
      .to(output, { value: bytes }),
  table: (builder, { input }) => {
    builder.table(input, { key: string, value: bytes, store: 'table' });
  },
};

export const CALLS_PER_PARTITION = 25;

/** Stands for a request to another system: 20 ms. */
export async function slowCall(value: Buffer): Promise<Buffer> {
  await setTimeout(20);
  return value;
}

export function buildTopology(name: string, options: TopologyOptions): Topology {
  const declare = topologies[name];
  if (!declare) throw new Error(`no topology ${name}; there are ${Object.keys(topologies).join(', ')}`);
  const builder = new StreamsBuilder();
  declare(builder, options);
  return builder.build();
}

export const orderSerde = avro<Order>(schemaText('order'));

/** Schema ids that both sides know beforehand: 1 is an order, 2 a priced one. No registry runs, so none is measured. */
export const knownSchemas: SchemaRegistry = {
  register: async (_subject, schema) => (schema === schemaText('order') ? 1 : 2),
  schema: async (id) => schemaText(id === 1 ? 'order' : 'priced-order'),
  latest: async () => null,
  versions: async () => [],
  compatible: async () => true,
};

function schemaText(name: 'order' | 'priced-order'): string {
  return readFileSync(resolve('bench/kafka-streams/src/main/avro', `${name}.avsc`), 'utf8');
}

function source(builder: StreamsBuilder, topic: string, seen: () => void): KStream<string, Buffer> {
  return builder.stream(topic, { key: string, value: bytes }).peek(seen);
}

function counts(builder: StreamsBuilder, { input, output, seen }: TopologyOptions, windows: TimeWindows): void {
  source(builder, input, seen)
    .groupByKey()
    .windowedBy(windows)
    .count({ store: 'counts' })
    .toStream()
    .to(output, { key: serdes.windowed(string), value: int64 });
}

function priced(order: Order): PricedOrder {
  let items = 0;
  let total = 0;
  for (const line of order.lines) {
    items += line.quantity;
    total += line.quantity * line.price;
  }
  return { id: order.id, country: order.customer.country, placedAt: order.placedAt, items, total };
}
