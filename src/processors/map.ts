import type { RecordContext } from '../core/record.ts';
import type { Forward, ProcessorSupplier } from './processor.ts';
import { unready } from './unready.ts';

/** Another key and value for each record. */
export function map<K, V, KR, VR>(
  mapper: (value: V, key: K, record: RecordContext) => readonly [KR, VR],
): ProcessorSupplier<K, V, KR, VR> {
  return () => {
    let forward: Forward<KR, VR> = unready;
    return {
      init(context) {
        forward = context.forward;
      },
      process(key, value, record) {
        const pair = mapper(value, key, record);
        forward(pair[0], pair[1], record);
      },
    };
  };
}
