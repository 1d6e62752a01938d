import type { BatchItem, BatchOptions } from './options.ts';
import type { ProcessorSupplier } from './processor.ts';

/** `batch`: see {@link BatchOptions}. `storeName` is a store made by `batchStore`. */
export function batchProcessor<K, V>(
  options: BatchOptions,
  storeName: string,
): ProcessorSupplier<K, V, K, readonly BatchItem<V>[]> {
  return () => ({ process: () => void [options, storeName] });
}
