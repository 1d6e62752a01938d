import { withTimestamp } from '../core/record.ts';
import { Change } from './change.ts';
import type { Forward, ProcessorContext, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';
import type { ValueGetter, ValueGetterSupplier } from './value-getter.ts';

export interface TableJoinOptions<K, V, VO, VR> {
  /** The table on the other side. */
  readonly other: ValueGetterSupplier<K, VO>;
  /** This side's value first. */
  readonly joiner: (value: V | null, other: VO | null, key: K) => VR;
  /** Whether a row of the result needs a row on this side, and on the other one. */
  readonly needsThis: boolean;
  readonly needsOther: boolean;
  readonly sendOldValues: boolean;
}

/**
 * One side of a join of two tables: an update on this side meets the other side's row. Updates that cannot have changed
 * a row of the result go no further; the joiner is not called for a row that cannot exist. Output time is the higher one.
 */
export function tableJoin<K, V, VO, VR>(
  options: TableJoinOptions<K, V, VO, VR>,
): ProcessorSupplier<K, Change<V>, K, Change<VR>> {
  const { other, joiner, needsThis, needsOther, sendOldValues } = options;
  const compute = (key: K, value: V | null, row: VO | null): VR | null => {
    if (value === null && (needsThis || row === null)) return null;
    return joiner(value, row, key) ?? null;
  };
  return () => {
    let forward: Forward<K, Change<VR>> = unready;
    let task: ProcessorContext<K, Change<VR>> | null = null;
    let rows: Pick<ValueGetter<K, VO>, 'getWithTimestamp'> = { getWithTimestamp: unready };
    return {
      init(context) {
        task = context;
        forward = context.forward;
        rows = other.open(context);
      },
      process(key, change, record) {
        if (key === null) {
          task?.dropped('null-join-key', record);
          return;
        }
        // KIP-914: what a versioned table was told too late is history.
        if (!change.latest) {
          task?.dropped('late', record);
          return;
        }
        const row = rows.getWithTimestamp(key);
        if (row === null && (needsOther || (change.newValue === null && change.oldValue === null))) return;
        const value = row === null ? null : row.value;
        const newValue = compute(key, change.newValue, value);
        const oldValue = sendOldValues ? compute(key, change.oldValue, value) : null;
        const later = row !== null && row.timestamp > record.timestamp;
        forward(key, new Change(newValue, oldValue), later ? withTimestamp(record, row.timestamp) : record);
      },
    };
  };
}
