import type { AddFile } from './actions.ts';
import type { ReadSet } from './conflict.ts';
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

/** What a merge writes, and what it was made from. */
export interface MergePlan {
  readonly adds: readonly AddFile[];
  readonly removes: readonly AddFile[];
  readonly reads: ReadSet;
  readonly metrics: MergeMetrics;
}

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
