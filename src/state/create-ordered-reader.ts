import { ScanThread } from './level/scan-thread.ts';
import type { OrderedReader } from './ordered-reader.ts';

/** For `TaskStateOptions.reader`. Costs nothing until a store on disk is first read in order; then a helper thread. */
export function createOrderedReader(): OrderedReader {
  return new ScanThread();
}
