import { type Order, type Tally, tally } from './observed.ts';
import { groupOf, JOIN_MS } from './topology.ts';

/** What must come out of an input, computed from it anew, without any of the code under test. */
export interface Expected {
  /** Records of each key. */
  readonly perKey: ReadonlyMap<string, number>;
  /** Each update of a count: `key=count`. */
  readonly counts: Tally;
  readonly totals: ReadonlyMap<string, number>;
  readonly pairs: Tally;
  readonly called: Tally;
}

export function recompute(orders: readonly Order[], payments: readonly Order[]): Expected {
  const perKey = new Map<string, number>();
  const counts: Tally = new Map();
  const totals = new Map<string, number>();
  const called: Tally = new Map();
  for (const { key, id, amount } of orders) {
    const count = (perKey.get(key) ?? 0) + 1;
    perKey.set(key, count);
    tally(counts, `${key}=${count}`);
    const group = groupOf(key);
    totals.set(group, (totals.get(group) ?? 0) + amount);
    tally(called, id);
  }
  return { perKey, counts, totals, pairs: pairsOf(orders, payments), called };
}

function pairsOf(orders: readonly Order[], payments: readonly Order[]): Tally {
  const byKey = new Map<string, Order[]>();
  for (const payment of payments) {
    const known = byKey.get(payment.key);
    if (known) known.push(payment);
    else byKey.set(payment.key, [payment]);
  }
  for (const list of byKey.values()) list.sort((a, b) => a.timestamp - b.timestamp);
  const pairs: Tally = new Map();
  for (const { key, id, timestamp } of orders) {
    const list = byKey.get(key) ?? [];
    for (let i = firstFrom(list, timestamp - JOIN_MS); i < list.length; i++) {
      const payment = list[i];
      if (payment === undefined || payment.timestamp > timestamp + JOIN_MS) break;
      tally(pairs, `${id}+${payment.id}`);
    }
  }
  return pairs;
}

/** Index of the first that is not older than a time. */
function firstFrom(list: readonly Order[], time: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.timestamp ?? Infinity) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
