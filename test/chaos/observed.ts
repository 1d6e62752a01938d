import type { CollectedRecord } from './collector.ts';
import type { Item, Names } from './topology.ts';

export interface Order extends Item {
  readonly key: string;
  readonly timestamp: number;
}

/** How often each thing was there. */
export type Tally = Map<string, number>;

export function tally(into: Tally, what: string): void {
  into.set(what, (into.get(what) ?? 0) + 1);
}

/** All that was read of the topics of a run: its input, and what came of it. */
export class Observed {
  readonly orders: Order[] = [];
  readonly payments: Order[] = [];
  /** Each update of a count: `key=count`. */
  readonly counts: Tally = new Map();
  readonly totals = new Map<string, number>();
  readonly pairs: Tally = new Map();
  readonly called: Tally = new Map();
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  take({ topic, key, value, timestamp }: CollectedRecord): void {
    const names = this.#names;
    if (topic === names.orders) this.orders.push({ ...readItem(value), key, timestamp });
    else if (topic === names.payments) this.payments.push({ ...readItem(value), key, timestamp });
    else if (topic === names.counts) tally(this.counts, `${key}=${value.readBigInt64BE()}`);
    else if (topic === names.totals) this.totals.set(key, value.readDoubleBE());
    else if (topic === names.pairs) tally(this.pairs, value.toString());
    else tally(this.called, readItem(value).id);
  }
}

function readItem(value: Buffer): Item {
  return JSON.parse(value.toString()) as Item;
}
