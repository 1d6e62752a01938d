import type { TimestampedKeyValueStore } from '../state/store.ts';
import { Change } from './change.ts';
import { forwardChanges } from './forward-changes.ts';
import type { Forward, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

export interface TableMapValuesOptions<K, V, VR> {
  readonly mapper: (value: V, key: K) => VR;
  /** null: the mapped table is not kept. */
  readonly store: string | null;
  readonly sendOldValues: boolean;
}

/** Maps the rows; deletions pass without a call. */
export function tableMapValues<K, V, VR>(
  options: TableMapValuesOptions<K, V, VR>,
): ProcessorSupplier<K, Change<V>, K, Change<VR>> {
  const { mapper, store, sendOldValues } = options;
  const compute = (key: K, value: V | null): VR | null => (value === null ? null : (mapper(value, key) ?? null));
  return () => {
    let forward: Forward<K, Change<VR>> = unready;
    let rows: TimestampedKeyValueStore<K, VR> | null = null;
    return {
      init(context) {
        forward = context.forward;
        if (store === null) return;
        rows = context.store<TimestampedKeyValueStore<K, VR>>(store);
        forwardChanges(rows, forward, sendOldValues);
      },
      process(key, change, record) {
        const newValue = compute(key, change.newValue);
        if (rows !== null) rows.put(key, newValue, record);
        else {
          const oldValue = sendOldValues ? compute(key, change.oldValue) : null;
          forward(key, new Change(newValue, oldValue, change.latest), record);
        }
      },
    };
  };
}
