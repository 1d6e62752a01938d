import type { RecordContext } from '../core/record.ts';
import type { Forward, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

/** Any number of records for each one, under the same key. They inherit its time and headers. */
export function flatMapValues<K, V, VR>(
  mapper: (value: V, key: K, record: RecordContext) => Iterable<VR>,
): ProcessorSupplier<K, V, K, VR> {
  return () => {
    let forward: Forward<K, VR> = unready;
    return {
      init(context) {
        forward = context.forward;
      },
      process(key, value, record) {
        for (const part of mapper(value, key, record)) forward(key, part, record);
      },
    };
  };
}
