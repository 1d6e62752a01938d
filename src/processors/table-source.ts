import type { TimestampedKeyValueStore } from '../state/store.ts';
import { Change } from './change.ts';
import { forwardChanges } from './forward-changes.ts';
import type { Forward, ProcessorContext, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

/**
 * Reads records as updates of a table. A record without a key is dropped and counted. An update that is older than the
 * row is applied all the same: offset order wins, as in Kafka Streams. `store` null: the table is not kept, each record
 * is passed on as it is.
 */
export function tableSource<K, V>(store: string | null, sendOldValues: boolean): ProcessorSupplier<K, V, K, Change<V>> {
  return () => {
    let forward: Forward<K, Change<V>> = unready;
    let task: ProcessorContext<K, Change<V>> | null = null;
    let rows: TimestampedKeyValueStore<K, V> | null = null;
    return {
      init(context) {
        task = context;
        forward = context.forward;
        if (store === null) return;
        rows = context.store<TimestampedKeyValueStore<K, V>>(store);
        forwardChanges(rows, forward, sendOldValues);
      },
      process(key, value, record) {
        if (key === null) task?.dropped('null-key', record);
        else if (rows === null) forward(key, new Change<V>(value, null), record);
        else rows.put(key, value, record);
      },
    };
  };
}
