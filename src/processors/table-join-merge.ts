import type { TimestampedKeyValueStore } from '../state/store.ts';
import { Change } from './change.ts';
import { forwardChanges } from './forward-changes.ts';
import type { Forward, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

/**
 * Where the two sides of a table join meet; keeps the result where it has a store. Without a cache the old value is the
 * one that the side computed, not the stored one: where both sides follow from the same record they differ, and Kafka
 * Streams sends the former.
 */
export function tableJoinMerge<K, V>(
  store: string | null,
  sendOldValues: boolean,
): ProcessorSupplier<K, Change<V>, K, Change<V>> {
  return () => {
    let forward: Forward<K, Change<V>> = unready;
    let rows: TimestampedKeyValueStore<K, V> | null = null;
    // What a store without a cache did with the last row: null, it was too late for a versioned one.
    let put: boolean | null = null;
    return {
      init(context) {
        forward = context.forward;
        if (store === null) return;
        rows = context.store<TimestampedKeyValueStore<K, V>>(store);
        if (rows.writeBack) forwardChanges(rows, forward, sendOldValues);
        else rows.onFlush((_key, _new, _old, _record, latest = true) => (put = latest), false);
      },
      process(key, change, record) {
        let { latest } = change;
        if (rows !== null) {
          put = null;
          rows.put(key, change.newValue, record);
          if (rows.writeBack || put === null) return;
          latest = put;
        }
        forward(key, new Change<V>(change.newValue, sendOldValues ? change.oldValue : null, latest), record);
      },
    };
  };
}
