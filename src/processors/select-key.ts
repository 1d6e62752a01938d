import type { RecordContext } from '../core/record.ts';
import type { Forward, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

/** Another key for each record, with the same value. */
export function selectKey<K, V, KR>(
  mapper: (value: V, key: K, record: RecordContext) => KR,
): ProcessorSupplier<K, V, KR, V> {
  return () => {
    let forward: Forward<KR, V> = unready;
    return {
      init(context) {
        forward = context.forward;
      },
      process(key, value, record) {
        forward(mapper(value, key, record), value, record);
      },
    };
  };
}
