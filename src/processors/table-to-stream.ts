import type { Change } from './change.ts';
import type { Forward, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

/** Passes the updates of a table on as records; null is a deletion. */
export function tableToStream<K, V>(): ProcessorSupplier<K, Change<V>, K, V | null> {
  return () => {
    let forward: Forward<K, V | null> = unready;
    return {
      init(context) {
        forward = context.forward;
      },
      process(key, change, record) {
        forward(key, change.newValue, record);
      },
    };
  };
}
