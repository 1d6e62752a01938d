import type { AddFile } from './actions.ts';
import type { EngineOptions } from './duckdb/engine.ts';
import type { KeyCache } from './key-cache.ts';
import type { MergeMetrics } from './merged-rows.ts';
import type { RowBuffer } from './row-buffer.ts';
import type { DeltaSchema } from './schema.ts';

export interface MergeInput {
  readonly rows: RowBuffer;
  /** The schema that the rows were encoded by. */
  readonly schema: DeltaSchema;
  readonly keyColumns: readonly string[];
  readonly cache: KeyCache;
  /** false: without DuckDB. */
  readonly engine: EngineOptions | false;
}

/** What a merge writes, and what it puts that in place of. */
export interface MadeFiles {
  readonly adds: readonly AddFile[];
  readonly removes: readonly AddFile[];
  readonly metrics: MergeMetrics;
}

/**
 * Rewriting more than this, a merge puts rows that are as they were into files of their own, beside those that are new or
 * changed. What was written lately is written again the soonest, and would carry along all of the table each time.
 */
export const APART_BYTES = 256 * 1024;

/** Files in runs that are rewritten together into one file each. */
export function binsOf(files: readonly AddFile[], binBytes: number): AddFile[][] {
  const bins: AddFile[][] = [];
  let size = 0;
  for (const file of files) {
    if (bins.length === 0 || size + file.size > binBytes) {
      bins.push([]);
      size = 0;
    }
    bins.at(-1)?.push(file);
    size += file.size;
  }
  return bins;
}
