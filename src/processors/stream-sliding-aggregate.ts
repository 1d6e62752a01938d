import { withTimestamp } from '../core/record.ts';
import type { RecordContext } from '../core/record.ts';
import type { Windowed } from '../core/serde.ts';
import type { StoredWindow, TimestampedWindowStore, ValueAndTimestamp } from '../state/store.ts';
import { Change } from './change.ts';
import { emitWindows } from './emit-windows.ts';
import { type EmitStrategy, FinalResults } from './final-results.ts';
import { forwardChanges } from './forward-changes.ts';
import { ObservedTime } from './observed-time.ts';
import type { ProcessorContext, ProcessorSupplier } from './processor.ts';

export interface StreamSlidingAggregateOptions<K, V, A> {
  readonly store: string;
  readonly timeDifferenceMs: number;
  readonly graceMs: number;
  /** The first aggregate of a window; null: its first value is (a reduce). */
  readonly initializer: (() => A) | null;
  readonly aggregator: (value: V, aggregate: A, key: K) => A | null;
  readonly emit: EmitStrategy;
  readonly sendOldValues: boolean;
}

/**
 * Folds the records of each key that are no more than the difference apart. Windows are [start, start + difference], both
 * ends inclusive; there is one that ends with each record, and one that begins right after it once a record falls into
 * that. A null key or a null value is dropped and counted; so is a record whose own window ended more than the grace
 * before this operator's stream time (KIP-450).
 */
export function streamSlidingAggregate<K, V, A>(
  options: StreamSlidingAggregateOptions<K, V, A>,
): ProcessorSupplier<K, V, Windowed<K>, Change<A>> {
  return () => {
    let sliding: SlidingWindowsAtWork<K, V, A> | null = null;
    return {
      init(context) {
        sliding = new SlidingWindowsAtWork(options, context);
      },
      process(key, value, record) {
        sliding?.process(key, value, record);
      },
    };
  };
}

class SlidingWindowsAtWork<K, V, A> {
  readonly #options: StreamSlidingAggregateOptions<K, V, A>;
  readonly #context: ProcessorContext<Windowed<K>, Change<A>>;
  readonly #windows: TimestampedWindowStore<K, A>;
  readonly #finals: FinalResults | null;
  /** Whether each update is forwarded by {@link #forward}, not by the store's cache nor on close. */
  readonly #forwards: boolean;
  readonly #observed: ObservedTime;

  constructor(options: StreamSlidingAggregateOptions<K, V, A>, context: ProcessorContext<Windowed<K>, Change<A>>) {
    const { store, timeDifferenceMs, emit, sendOldValues } = options;
    this.#options = options;
    this.#context = context;
    this.#observed = new ObservedTime(context.emission, context.node);
    this.#windows = context.store<TimestampedWindowStore<K, A>>(store);
    this.#forwards = emit === 'onWindowUpdate' && !this.#windows.writeBack;
    this.#finals =
      emit === 'onWindowUpdate'
        ? null
        : new FinalResults(context, store, {
            between: (lastCloseTime, closeTime) => {
              const to = closeTime - timeDifferenceMs - 1;
              return to < 0 ? null : [lastCloseTime === -1 ? 0 : Math.max(0, lastCloseTime - timeDifferenceMs), to];
            },
            emit: emitWindows(this.#windows, context.forward),
          });
    if (emit === 'onWindowUpdate' && this.#windows.writeBack) {
      forwardChanges(this.#windows, context.forward, sendOldValues);
    }
  }

  process(key: K, value: V, record: RecordContext): void {
    if (key === null || value === null) {
      this.#context.dropped(key === null ? 'null-key' : 'null-value', record);
      return;
    }
    const { timeDifferenceMs, graceMs } = this.#options;
    const { timestamp } = record;
    const closeTime = this.#observed.after(timestamp) - graceMs;
    if (timestamp + timeDifferenceMs < closeTime) {
      this.#context.dropped('late', record);
      return;
    }
    const fold = new Folding(key, value, record, closeTime);
    if (timestamp < timeDifferenceMs) {
      this.#processEarly(fold);
      return;
    }
    this.#processUsual(fold);
    this.#finals?.check(closeTime, record);
  }

  /** Updates the windows that hold the record, newest first, and makes those that are missing. */
  #processUsual(fold: Folding<K, V>): void {
    const { timeDifferenceMs: difference } = this.#options;
    const { timestamp } = fold.record;
    const known = this.#windows.windowsOf(fold.key, Math.max(0, timestamp - 2 * difference), timestamp + 1).reverse();
    const starts = new Set<number>();
    let left: ValueAndTimestamp<A> | null = null;
    let right: ValueAndTimestamp<A> | null = null;
    let leftExists = false;
    let rightExists = false;
    let previous: number | null = null;
    for (const window of known) {
      starts.add(window.start);
      const end = window.start + difference;
      if (window.start === timestamp + 1) {
        rightExists = true;
      } else if (end > timestamp) {
        right ??= window;
        this.#update(fold, window.start, window);
      } else if (end === timestamp) {
        leftExists = true;
        this.#update(fold, window.start, window);
        // Another record of the same time made every window before.
        if (window.timestamp >= timestamp) return;
        previous = window.timestamp;
      } else {
        left = window;
        previous = window.timestamp;
        break;
      }
    }
    if (previous !== null && !starts.has(previous + 1) && previous + 1 + difference >= timestamp) {
      this.#update(fold, previous + 1, this.#initial(timestamp));
    }
    if (!leftExists) {
      const holdsPrevious = previous !== null && timestamp - difference <= previous && left !== null;
      const before = holdsPrevious && left !== null ? { value: left.value, timestamp } : this.#initial(timestamp);
      this.#update(fold, timestamp - difference, before);
    }
    if (!rightExists) this.#makeRight(fold, right);
  }

  /** Records earlier than the difference share the window [0, difference], since none can start below 0. */
  #processEarly(fold: Folding<K, V>): void {
    const { timestamp } = fold.record;
    const starts = new Set<number>();
    let combined: StoredWindow<A> | null = null;
    let right: ValueAndTimestamp<A> | null = null;
    let previous: number | null = null;
    for (const window of this.#windows.windowsOf(fold.key, 0, timestamp + 1)) {
      starts.add(window.start);
      if (window.start === 0) {
        combined = window;
        if (window.timestamp < timestamp) previous = window.timestamp;
      } else if (window.start <= timestamp) {
        right = window;
        this.#update(fold, window.start, window);
      }
    }
    if (right === null && combined !== null && combined.timestamp > timestamp) right = combined;
    if (!starts.has(timestamp + 1)) this.#makeRight(fold, right);
    if (previous !== null && !starts.has(previous + 1)) {
      this.#update(fold, previous + 1, this.#initial(timestamp));
    }
    this.#update(fold, 0, combined ?? this.#initial(timestamp));
  }

  /** The window that begins right after the record, if a later record is in it: that has what is in `right`. */
  #makeRight({ key, record }: Folding<K, V>, right: ValueAndTimestamp<A> | null): void {
    if (right === null || right.timestamp <= record.timestamp) return;
    const start = record.timestamp + 1;
    const at = withTimestamp(record, right.timestamp);
    this.#windows.put(key, right.value, start, at);
    this.#forward(key, start, right.value, null, at);
  }

  #initial(timestamp: number): ValueAndTimestamp<A> | null {
    const { initializer } = this.#options;
    return initializer === null ? null : { value: initializer(), timestamp };
  }

  #update({ key, value, record, closeTime }: Folding<K, V>, start: number, old: ValueAndTimestamp<A> | null): void {
    const { timeDifferenceMs, aggregator } = this.#options;
    if (start + timeDifferenceMs < closeTime) {
      this.#context.dropped('late', record);
      return;
    }
    const aggregate = old === null ? (value as unknown as A) : aggregator(value, old.value, key);
    const at = old !== null && old.timestamp > record.timestamp ? withTimestamp(record, old.timestamp) : record;
    this.#windows.put(key, aggregate, start, at);
    this.#forward(key, start, aggregate, old?.value ?? null, at);
  }

  #forward(key: K, start: number, aggregate: A | null, old: A | null, record: RecordContext): void {
    if (!this.#forwards) return;
    const { timeDifferenceMs, sendOldValues } = this.#options;
    const window = { start, end: start + timeDifferenceMs };
    this.#context.forward({ key, window }, new Change(aggregate, sendOldValues ? old : null), record);
  }
}

/** One record on its way into the windows it belongs to. */
class Folding<K, V> {
  readonly key: K;
  readonly value: V;
  readonly record: RecordContext;
  readonly closeTime: number;

  constructor(key: K, value: V, record: RecordContext, closeTime: number) {
    this.key = key;
    this.value = value;
    this.record = record;
    this.closeTime = closeTime;
  }
}
