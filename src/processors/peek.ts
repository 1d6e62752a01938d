import type { RecordContext } from '../core/record.ts';
import type { Forward, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

/** Shows each record to a function and passes it on. */
export function peek<K, V>(action: (value: V, key: K, record: RecordContext) => void): ProcessorSupplier<K, V, K, V> {
  return () => {
    let forward: Forward<K, V> = unready;
    return {
      init(context) {
        forward = context.forward;
      },
      process(key, value, record) {
        action(value, key, record);
        forward(key, value, record);
      },
    };
  };
}
