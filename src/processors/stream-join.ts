import type { RecordContext } from '../core/record.ts';
import { withTimestamp } from '../core/record.ts';
import type { JoinWindowStore, KeyValueStore, StateStore } from '../state/store.ts';
import { JoinTime } from './join-time.ts';
import type { Forward, ProcessorContext, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';
import type { WaitingKey, WaitingValues } from './waiting-rows.ts';

export type StreamJoinSide = 'left' | 'right';

export interface StreamJoinOptions {
  /** How much older, and how much younger, the right side's record may be than the left one's, in ms. */
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly graceMs: number;
  /** The left value first; null stands for what an outer join lacks. */
  readonly joiner: (left: unknown, right: unknown, key: unknown) => unknown;
  /** The store of what has found no partner yet; null for an inner join. */
  readonly waiting: string | null;
}

export interface StreamJoinSideOptions {
  readonly side: StreamJoinSide;
  /** The store of the other side's records. */
  readonly other: string;
  /** Whether a record of this side has a result without a partner. */
  readonly outer: boolean;
}

type WaitingStore = KeyValueStore<WaitingKey<unknown>, WaitingValues<unknown>>;

/**
 * Both sides of a join of two streams. A record meets the other side's records of its key within the window; result time
 * is the higher one. What an outer join finds no partner for waits in a store, and leaves it with a partner, or with
 * null once its window and the grace are over by stream time. A null value is dropped and counted; so is a null key, but
 * on an outer side, where it has no partner (KIP-962).
 */
export function streamJoin(options: StreamJoinOptions): (side: StreamJoinSideOptions) => ProcessorSupplier {
  // By the task's store, which is the one object that both sides of a task have in common.
  const times = new WeakMap<StateStore, JoinTime>();
  return (side) => () => new StreamJoinProcessor(options, side, times);
}

class StreamJoinProcessor {
  readonly #options: StreamJoinOptions;
  readonly #side: StreamJoinSideOptions;
  readonly #times: WeakMap<StateStore, JoinTime>;
  readonly #left: boolean;
  /** How far back and ahead of a record of this side its partners are. */
  readonly #beforeMs: number;
  readonly #afterMs: number;
  /** null: an inner join, where nothing waits. */
  #time: JoinTime | null = null;
  #context: ProcessorContext | null = null;
  #forward: Forward<unknown, unknown> = unready;
  #others: Pick<JoinWindowStore<unknown, unknown>, 'fetch'> = { fetch: unready };
  #waiting: WaitingStore | null = null;

  constructor(options: StreamJoinOptions, side: StreamJoinSideOptions, times: WeakMap<StateStore, JoinTime>) {
    this.#options = options;
    this.#side = side;
    this.#times = times;
    this.#left = side.side === 'left';
    this.#beforeMs = this.#left ? options.beforeMs : options.afterMs;
    this.#afterMs = this.#left ? options.afterMs : options.beforeMs;
  }

  init(context: ProcessorContext): void {
    this.#context = context;
    this.#forward = context.forward;
    const others = context.store<JoinWindowStore<unknown, unknown>>(this.#side.other);
    this.#others = others;
    const { waiting } = this.#options;
    if (waiting === null) return;
    this.#waiting = context.store<WaitingStore>(waiting);
    this.#time = this.#times.get(this.#waiting) ?? new JoinTime(context.emission, waiting, firstTime(this.#waiting));
    this.#times.set(this.#waiting, this.#time);
    // What is in the stores may be younger than the last commit.
    this.#time.advanceTo(others.streamTime);
  }

  process(key: unknown, value: unknown, record: RecordContext): void {
    const time = this.#time;
    time?.advanceTo(record.timestamp);
    if (value === null || (key === null && !this.#side.outer)) {
      this.#context?.dropped(value === null ? 'null-value' : 'null-join-key', record);
      return;
    }
    if (key === null) {
      this.#forward(key, this.#join(value, null, key), record);
      return;
    }
    if (this.#waiting !== null && time?.streamTime === record.timestamp)
      this.#emitUnmatched(this.#waiting, time, record);
    this.#meet(key, value, record);
  }

  #meet(key: unknown, value: unknown, record: RecordContext): void {
    const { timestamp } = record;
    const until = Math.max(0, timestamp + this.#afterMs);
    const partners = this.#others.fetch(key, Math.max(0, timestamp - this.#beforeMs), until);
    for (const partner of partners) {
      const other = { timestamp: partner.timestamp, left: !this.#left, key };
      if (this.#waiting !== null && this.#waiting.get(other) !== null) this.#waiting.put(other, null);
      const later = partner.timestamp > timestamp;
      this.#forward(
        key,
        this.#join(value, partner.value, key),
        later ? withTimestamp(record, partner.timestamp) : record,
      );
    }
    if (!this.#side.outer || partners.length > 0) return;
    if (this.#waiting === null || this.#time === null || until < this.#time.streamTime) {
      this.#forward(key, this.#join(value, null, key), record);
      return;
    }
    if (timestamp < this.#time.minTime) this.#time.waitFrom(timestamp);
    const own = { timestamp, left: this.#left, key };
    const before = this.#waiting.get(own)?.values ?? [];
    this.#waiting.put(own, { left: this.#left, values: [...before, value] });
  }

  /** Gives null for a partner to what waits and can find none any more; looks at most once in each interval. */
  #emitUnmatched(waiting: WaitingStore, time: JoinTime, record: RecordContext): void {
    const { graceMs, beforeMs, afterMs } = this.#options;
    if (time.minTime + this.#afterMs + graceMs >= time.streamTime) return;
    const now = this.#context?.now() ?? 0;
    if (now < time.nextEmitMs) return;
    time.nextEmitMs = now + (this.#context?.emission.intervalMs ?? 0);
    let minTime = Infinity;
    let leftOpen = false;
    let rightOpen = false;
    const rows = waiting.all();
    for (const [row, { values }] of rows) {
      minTime = row.timestamp;
      if (leftOpen && rightOpen) break;
      const open = row.timestamp + (row.left ? afterMs : beforeMs) + graceMs >= time.streamTime;
      if (!open) {
        this.#forwardAlone(row, values, record);
        waiting.put(row, null);
        continue;
      }
      if (row.left) leftOpen = true;
      else rightOpen = true;
      // Kafka Streams looks at each value of a row by itself, and notes the time before it ends.
      if (leftOpen && rightOpen && values.length > 1) break;
    }
    rows.close();
    time.waitFrom(minTime);
  }

  #forwardAlone(row: WaitingKey<unknown>, values: readonly unknown[], record: RecordContext): void {
    const { joiner } = this.#options;
    const at = withTimestamp(record, row.timestamp);
    for (const value of values) {
      this.#forward(row.key, row.left ? joiner(value, null, row.key) : joiner(null, value, row.key), at);
    }
  }

  /** This side's value and the other's, in the order of the joiner. */
  #join(value: unknown, other: unknown, key: unknown): unknown {
    return this.#left ? this.#options.joiner(value, other, key) : this.#options.joiner(other, value, key);
  }
}

/** The time of the oldest record that waits; Infinity: none does. */
function firstTime(waiting: WaitingStore): number {
  const rows = waiting.all();
  let time = Infinity;
  for (const [row] of rows) {
    time = row.timestamp;
    break;
  }
  rows.close();
  return time;
}
