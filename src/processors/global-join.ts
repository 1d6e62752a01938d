import type { ReadOnlyKeyValueStore } from '../state/store.ts';
import type { Forward, ProcessorContext, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

export interface GlobalJoinOptions<K, V, KG, VG, VR> {
  /** The global table's store. */
  readonly table: string;
  readonly keyOf: (value: V, key: K) => KG | null;
  readonly joiner: (value: V, tableValue: VG | null, key: K) => VR;
  /** A left join: null stands for what the table lacks. */
  readonly left: boolean;
}

/**
 * Joins each record with the global table's row of the key that `keyOf` names; the record's own key may be null. A null
 * value is dropped and counted; so is a record without a key to look up, but for a left join, where it has no row.
 */
export function globalJoin<K, V, KG, VG, VR>(
  options: GlobalJoinOptions<K, V, KG, VG, VR>,
): ProcessorSupplier<K, V, K, VR> {
  const { table, keyOf, joiner, left } = options;
  return () => {
    let forward: Forward<K, VR> = unready;
    let task: ProcessorContext<K, VR> | null = null;
    let rows: Pick<ReadOnlyKeyValueStore<KG, VG>, 'get'> = { get: unready };
    return {
      init(context) {
        task = context;
        forward = context.forward;
        rows = context.store<ReadOnlyKeyValueStore<KG, VG>>(table);
      },
      process(key, value, record) {
        const rowKey = value === null ? null : (keyOf(value, key) ?? null);
        if (value === null || (rowKey === null && !left)) {
          task?.dropped(value === null ? 'null-value' : 'null-join-key', record);
          return;
        }
        const row = rowKey === null ? null : rows.get(rowKey);
        if (left || row !== null) forward(key, joiner(value, row, key), record);
      },
    };
  };
}
