import type { RecordContext } from '../core/record.ts';
import type { Forward, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

/** Passes the records for which the predicate is `keep`. */
export function filter<K, V>(
  predicate: (value: V, key: K, record: RecordContext) => boolean,
  keep: boolean,
): ProcessorSupplier<K, V, K, V> {
  return () => {
    let forward: Forward<K, V> = unready;
    return {
      init(context) {
        forward = context.forward;
      },
      process(key, value, record) {
        if (predicate(value, key, record) === keep) forward(key, value, record);
      },
    };
  };
}
