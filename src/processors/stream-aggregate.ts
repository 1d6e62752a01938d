import { withTimestamp } from '../core/record.ts';
import type { TimestampedKeyValueStore } from '../state/store.ts';
import { Change } from './change.ts';
import { forwardChanges } from './forward-changes.ts';
import type { Forward, ProcessorContext, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

export interface StreamAggregateOptions<K, V, A> {
  readonly store: string;
  /** The first aggregate of a key; null: its first value is (a reduce). */
  readonly initializer: (() => A) | null;
  readonly aggregator: (value: V, aggregate: A, key: K) => A | null;
  readonly sendOldValues: boolean;
}

/**
 * Folds the records of each key into an aggregate, kept in a store. A null key or a null value is dropped and counted.
 * The aggregate's time is the highest of the records in it.
 */
export function streamAggregate<K, V, A>(
  options: StreamAggregateOptions<K, V, A>,
): ProcessorSupplier<K, V, K, Change<A>> {
  const { store, initializer, aggregator, sendOldValues } = options;
  return () => {
    let task: ProcessorContext<K, Change<A>> | null = null;
    let forward: Forward<K, Change<A>> = unready;
    let aggregates: Pick<TimestampedKeyValueStore<K, A>, 'getWithTimestamp' | 'put' | 'writeBack'> = {
      getWithTimestamp: unready,
      put: unready,
      writeBack: false,
    };
    let versioned = false;
    // What a versioned store says of a write: null, it is too old to be kept; else whether it is the latest.
    let put: boolean | null = null;
    return {
      init(context) {
        task = context;
        forward = context.forward;
        const opened = context.store<TimestampedKeyValueStore<K, A>>(store);
        if (opened.writeBack) forwardChanges(opened, forward, sendOldValues);
        versioned = 'getAsOf' in opened;
        if (versioned) opened.onFlush((_key, _new, _old, _record, latest = true) => (put = latest), false);
        aggregates = opened;
      },
      process(key, value, record) {
        if (key === null || value === null) {
          task?.dropped(key === null ? 'null-key' : 'null-value', record);
          return;
        }
        const stored = aggregates.getWithTimestamp(key);
        const old = stored === null ? (initializer?.() ?? null) : stored.value;
        const aggregate = old === null ? (value as unknown as A) : aggregator(value, old, key);
        const later = stored !== null && stored.timestamp > record.timestamp;
        const at = later ? withTimestamp(record, stored.timestamp) : record;
        put = versioned ? null : true;
        aggregates.put(key, aggregate, at);
        // A key that is new has the initial aggregate as its old value, as in Kafka Streams.
        if (put !== null && !aggregates.writeBack)
          forward(key, new Change(aggregate, sendOldValues ? old : null, put), at);
      },
    };
  };
}
