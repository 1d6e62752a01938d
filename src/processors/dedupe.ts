import type { DedupeOptions } from './options.ts';
import type { ProcessorSupplier } from './processor.ts';

/** `dedupe`: see {@link DedupeOptions}. `storeName` is a store made by `dedupeStore`. */
export function dedupeProcessor<K, V>(options: DedupeOptions<K, V>, storeName: string): ProcessorSupplier<K, V, K, V> {
  return () => ({ process: () => void [options, storeName] });
}
