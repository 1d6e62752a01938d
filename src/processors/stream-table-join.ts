import type { Forward, ProcessorContext, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';
import type { ValueGetter, ValueGetterSupplier } from './value-getter.ts';

export interface StreamTableJoinOptions<K, V, VT, VR> {
  readonly table: ValueGetterSupplier<K, VT>;
  readonly joiner: (value: V, tableValue: VT | null, key: K) => VR;
  /** A left join: null stands for what the table lacks. */
  readonly left: boolean;
}

/**
 * Joins each record with the table's row of its key. A null value is dropped and counted; so is a null key, but for a
 * left join, where it has no row (KIP-962). Of a versioned table, the row is the one that held at the record's time.
 */
export function streamTableJoin<K, V, VT, VR>(
  options: StreamTableJoinOptions<K, V, VT, VR>,
): ProcessorSupplier<K, V, K, VR> {
  const { table, joiner, left } = options;
  return () => {
    let forward: Forward<K, VR> = unready;
    let task: ProcessorContext<K, VR> | null = null;
    let rows: Pick<ValueGetter<K, VT>, 'get' | 'getAsOf'> = { get: unready };
    return {
      init(context) {
        task = context;
        forward = context.forward;
        rows = table.open(context);
      },
      process(key, value, record) {
        if (value === null || (key === null && !left)) {
          task?.dropped(value === null ? 'null-value' : 'null-join-key', record);
          return;
        }
        const row = key === null ? null : rowOf(rows, key, record.timestamp);
        if (left || row !== null) forward(key, joiner(value, row, key), record);
      },
    };
  };
}

function rowOf<K, V>(rows: Pick<ValueGetter<K, V>, 'get' | 'getAsOf'>, key: K, timestamp: number): V | null {
  return rows.getAsOf ? (rows.getAsOf(key, timestamp)?.value ?? null) : rows.get(key);
}
