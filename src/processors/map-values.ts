import type { RecordContext } from '../core/record.ts';
import type { Forward, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

/** Another value for each record, under the same key. */
export function mapValues<K, V, VR>(
  mapper: (value: V, key: K, record: RecordContext) => VR,
): ProcessorSupplier<K, V, K, VR> {
  return () => {
    let forward: Forward<K, VR> = unready;
    return {
      init(context) {
        forward = context.forward;
      },
      process(key, value, record) {
        forward(key, mapper(value, key, record), record);
      },
    };
  };
}
