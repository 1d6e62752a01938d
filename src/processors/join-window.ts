import type { JoinWindowStore } from '../state/store.ts';
import type { Forward, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

/** Passes each record to its side of the join, then keeps it for the records of the other side. */
export function joinWindow<K, V>(store: string): ProcessorSupplier<K, V, K, V> {
  return () => {
    let forward: Forward<K, V> = unready;
    let kept: Pick<JoinWindowStore<K, V>, 'put'> = { put: unready };
    return {
      init(context) {
        forward = context.forward;
        kept = context.store<JoinWindowStore<K, V>>(store);
      },
      process(key, value, record) {
        forward(key, value, record);
        if (key !== null && value !== null) kept.put(key, value, record);
      },
    };
  };
}
