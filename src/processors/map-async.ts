import type { MapAsyncOptions, AsyncMapper } from './options.ts';
import type { ProcessorSupplier } from './processor.ts';

/** `mapAsync`: see {@link MapAsyncOptions}. `storeName` is a store made by `inFlightStore`. */
export function mapAsyncProcessor<K, V, R>(
  fn: AsyncMapper<K, V, R>,
  options: MapAsyncOptions<K, V, R>,
  storeName: string,
): ProcessorSupplier<K, V, K, R> {
  return () => ({ process: () => void [fn, options, storeName] });
}
