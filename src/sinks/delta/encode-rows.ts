import type { AddFile } from './actions.ts';
import type { TableShape } from './data-file.ts';
import type { EngineOptions } from './duckdb/engine.ts';
import { LARGE_ROWS, LargeFile } from './duckdb/large-file.ts';
import type { TableLocation } from './log.ts';
import type { Row } from './row.ts';
import type { RowBuffer } from './row-buffer.ts';

/** Rows that go to DuckDB together. */
const PIECE_ROWS = 2_048;

/**
 * Takes rows in: into the buffer, and answers null; or, when there are many of them, into a file that is written while
 * they come. @throws SERIALIZATION when one does not fit; no file is left then, and the buffer is of no use
 */
export async function encodeRows(
  table: TableLocation,
  shape: TableShape,
  rows: Iterable<Row>,
  buffer: RowBuffer,
  options: EngineOptions | false,
): Promise<AddFile[] | null> {
  let file: LargeFile | null = null;
  let limit = LARGE_ROWS;
  try {
    for (const row of rows) {
      buffer.push(row);
      if (buffer.length < limit) continue;
      file ??= await LargeFile.open(table, shape, options);
      limit = file ? PIECE_ROWS : Infinity;
      await file?.add(buffer);
      if (file) buffer.clear();
    }
    await file?.add(buffer);
    return (await file?.finish()) ?? null;
  } finally {
    await file?.close();
  }
}
