import type { Forward, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

/** Passes every record on: a place where streams meet, or where a branch begins. */
export function passThrough<K, V>(): ProcessorSupplier<K, V, K, V> {
  return () => {
    let forward: Forward<K, V> = unready;
    return {
      init(context) {
        forward = context.forward;
      },
      process(key, value, record) {
        forward(key, value, record);
      },
    };
  };
}
