import type { TimestampedKeyValueStore } from '../state/store.ts';
import { Change } from './change.ts';
import { forwardChanges } from './forward-changes.ts';
import type { Forward, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

export interface TableFilterOptions<K, V> {
  readonly predicate: (value: V, key: K) => boolean;
  readonly keep: boolean;
  /** null: the filtered table is not kept. */
  readonly store: string | null;
  readonly sendOldValues: boolean;
  /** The rows come from a versioned table: then every update counts, since later ones may refer to its time. */
  readonly versioned: boolean;
}

/**
 * Keeps the rows for which the predicate is `keep`; the others become deletions. A deletion of a row that was not there
 * is left out only where old values are known; without them it flows, as in Kafka Streams.
 */
export function tableFilter<K, V>(options: TableFilterOptions<K, V>): ProcessorSupplier<K, Change<V>, K, Change<V>> {
  const { predicate, keep, store, sendOldValues, versioned } = options;
  const compute = (key: K, value: V | null): V | null =>
    value !== null && predicate(value, key) === keep ? value : null;
  return () => {
    let forward: Forward<K, Change<V>> = unready;
    let rows: TimestampedKeyValueStore<K, V> | null = null;
    return {
      init(context) {
        forward = context.forward;
        if (store === null) return;
        rows = context.store<TimestampedKeyValueStore<K, V>>(store);
        forwardChanges(rows, forward, sendOldValues);
      },
      process(key, change, record) {
        const newValue = compute(key, change.newValue);
        let oldValue: V | null = null;
        if (sendOldValues) {
          oldValue = rows === null ? compute(key, change.oldValue) : rows.get(key);
          if (oldValue === null && newValue === null && !versioned) return;
        }
        if (rows === null) forward(key, new Change(newValue, oldValue, change.latest), record);
        else rows.put(key, newValue, record);
      },
    };
  };
}
