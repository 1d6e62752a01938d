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
 * A larger file is rewritten by itself, and what is new or changed goes elsewhere. What was written lately is written again
 * the soonest: in one file with the rest it would carry along all of the table each time.
 */
export const APART_BYTES = 64 * 1024;

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

/** Files that are rewritten by themselves, and those that become one with what is new: see {@link APART_BYTES}. */
export function apartOf(files: readonly AddFile[]): {
  readonly large: readonly AddFile[];
  readonly small: readonly AddFile[];
} {
  return {
    large: files.filter(({ size }) => size > APART_BYTES),
    small: files.filter(({ size }) => size <= APART_BYTES),
  };
}
