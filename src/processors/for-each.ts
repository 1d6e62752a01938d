import type { RecordContext } from '../core/record.ts';
import type { ProcessorSupplier } from './processor.ts';

/** Gives each record to a function; nothing goes on. */
export function forEach<K, V>(
  action: (value: V, key: K, record: RecordContext) => void,
): ProcessorSupplier<K, V, never, never> {
  return () => ({
    process(key, value, record) {
      action(value, key, record);
    },
  });
}
