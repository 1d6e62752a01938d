import type { RecordContext } from '../core/record.ts';
import type { Forward, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

/** Any number of records for each one, under other keys. They inherit its time and headers. */
export function flatMap<K, V, KR, VR>(
  mapper: (value: V, key: K, record: RecordContext) => Iterable<readonly [KR, VR]>,
): ProcessorSupplier<K, V, KR, VR> {
  return () => {
    let forward: Forward<KR, VR> = unready;
    return {
      init(context) {
        forward = context.forward;
      },
      process(key, value, record) {
        for (const pair of mapper(value, key, record)) forward(pair[0], pair[1], record);
      },
    };
  };
}
