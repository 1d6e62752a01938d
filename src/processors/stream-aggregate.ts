import { withTimestamp } from '../core/record.ts';
import type { TimestampedKeyValueStore } from '../state/store.ts';
import { Change } from './change.ts';
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
    let aggregates: Pick<TimestampedKeyValueStore<K, A>, 'getWithTimestamp' | 'put'> = {
      getWithTimestamp: unready,
      put: unready,
    };
    // Kafka Streams sends the initial value as the old one when a key is new and its store has no cache.
    let fresh: { readonly key: K; readonly initial: A } | null = null;
    return {
      init(context) {
        task = context;
        const forward: Forward<K, Change<A>> = context.forward;
        const opened = context.store<TimestampedKeyValueStore<K, A>>(store);
        opened.onFlush((key, newValue, oldValue, record) => {
          if (!sendOldValues) forward(key, new Change<A>(newValue, null), record);
          else forward(key, new Change(newValue, oldValue ?? (fresh?.key === key ? fresh.initial : null)), record);
        }, sendOldValues);
        aggregates = opened;
      },
      process(key, value, record) {
        if (key === null || value === null) {
          task?.dropped(key === null ? 'null-key' : 'null-value', record);
          return;
        }
        const old = aggregates.getWithTimestamp(key);
        if (old !== null) {
          const time = old.timestamp > record.timestamp ? withTimestamp(record, old.timestamp) : record;
          aggregates.put(key, aggregator(value, old.value, key), time);
        } else if (initializer === null) {
          aggregates.put(key, value as unknown as A, record);
        } else {
          const initial = initializer();
          const aggregate = aggregator(value, initial, key);
          if (sendOldValues) fresh = { key, initial };
          aggregates.put(key, aggregate, record);
          fresh = null;
        }
      },
    };
  };
}
