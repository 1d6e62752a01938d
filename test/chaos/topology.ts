import { setTimeout as sleep } from 'node:timers/promises';
import { field, joinWindow, serdes, StreamsBuilder, struct, type Topology } from '../../src/index.ts';

/** An order, and a payment: the input. `amount` is what totals add up; payments have none. */
export interface Item {
  readonly id: string;
  readonly amount: number;
}

/** What a run is called on the cluster and on disk. */
export interface Names {
  readonly applicationId: string;
  readonly orders: string;
  readonly payments: string;
  readonly counts: string;
  readonly totals: string;
  readonly pairs: string;
  readonly called: string;
  readonly table: string;
}

export const PARTITIONS = 4;
/** Orders and payments meet within this time. Grace is so long that no record is ever late: pairs do not depend on order. */
export const JOIN_MS = 300;
const GRACE_MS = 86_400_000;
const GROUPS = 16;

export function groupOf(key: string): string {
  let sum = 0;
  for (let i = 0; i < key.length; i++) sum = (sum * 31 + key.charCodeAt(i)) % 65_521;
  return `group-${sum % GROUPS}`;
}

/**
 * Each operator whose state or positions a crash could harm, with a result that a recomputation from the input tells
 * exactly, whatever order the partitions were read in:
 *
 * - counts: every update goes out, so a key's output must be 1, 2, 3 … n
 * - totals: over a repartition topic and a cache; the last output of each group is the sum
 * - pairs: a windowed join of two streams
 * - called: calls of an async operator that end in any order, and from there into a Delta table
 */
export function chaosTopology(names: Names): Topology {
  const item = { key: serdes.string, value: serdes.json<Item>() };
  const builder = new StreamsBuilder();
  const orders = builder.stream(names.orders, item);
  const payments = builder.stream(names.payments, item);
  orders
    .groupByKey(item)
    .count({ store: 'counts', cached: false })
    .toStream()
    .to(names.counts, { key: serdes.string, value: serdes.int64 });
  orders
    .groupBy((_value, key) => groupOf(key), { ...item, name: 'by-group' })
    .aggregate(
      () => 0,
      (value, total: number) => total + value.amount,
      { store: 'totals', key: serdes.string, value: serdes.float64 },
    )
    .toStream()
    .to(names.totals, { key: serdes.string, value: serdes.float64 });
  orders
    .join(
      payments,
      (order, payment) => `${order.id}+${payment.id}`,
      joinWindow({ beforeMs: JOIN_MS, graceMs: GRACE_MS }),
      { name: 'meet', key: serdes.string, value: serdes.json<Item>(), otherValue: serdes.json<Item>() },
    )
    .to(names.pairs, { key: serdes.string, value: serdes.string });
  const called = orders.mapAsync(
    async (value) => {
      await sleep(Math.random() * 10);
      return { id: value.id, amount: value.amount };
    },
    { name: 'call', concurrency: 32, order: 'none', ...item },
  );
  called.to(names.called, item);
  called.toDelta(names.table, {
    name: 'table',
    mode: 'append',
    schema: struct(field('id', 'string'), field('amount', 'double')),
    row: ({ id, amount }) => ({ id, amount }),
    flushIntervalMs: 300,
    key: serdes.string,
    value: serdes.json<Item>(),
  });
  return builder.build();
}
