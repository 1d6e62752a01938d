import type { MergedScan } from './merged-scan.ts';
import type { StoreIterator } from './store.ts';

/** Makes a store's iterator of a scan; `entry` reads the pair that the scan stands on. */
export function iterateStore<V, P, Q>(
  scan: MergedScan<V>,
  entry: (scan: MergedScan<V>) => readonly [P, Q],
): StoreIterator<P, Q> {
  const close = (): void => scan.close();
  const done = { done: true, value: undefined } as const;
  const iterator: StoreIterator<P, Q> = {
    next: () => {
      if (scan.next()) return { done: false, value: entry(scan) };
      close();
      return done;
    },
    return: () => {
      close();
      return done;
    },
    close,
    [Symbol.iterator]: () => iterator,
  };
  return iterator;
}
