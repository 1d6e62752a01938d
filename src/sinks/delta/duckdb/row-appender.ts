import { setImmediate } from 'node:timers/promises';
import type { DuckDBAppender, DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import type { DeltaSchema } from '../schema.ts';
import { columnOf, type Columns } from '../value.ts';
import { type DuckColumn, duckColumn } from './duck-value.ts';
import type { DuckDb } from './load-duckdb.ts';

/** A vector of DuckDB holds this many rows. */
const CHUNK_ROWS = 2_048;
/** Rows that are handed over without a pause for other work of the process. */
const PAUSE_ROWS = 8 * CHUNK_ROWS;

/** Fills a table of DuckDB with rows, a chunk of column vectors at a time. */
export class RowAppender {
  readonly #appender: DuckDBAppender;
  readonly #chunk: DuckDBDataChunk;
  readonly #columns: readonly (DuckColumn & { readonly name: string })[];

  constructor(api: DuckDb, appender: DuckDBAppender, schema: DeltaSchema) {
    this.#appender = appender;
    this.#columns = schema.fields.map(({ name, type }) => ({ name, ...duckColumn(api, type) }));
    const types = this.#columns.map(({ type }) => type);
    this.#chunk = api.DuckDBDataChunk.create(types, CHUNK_ROWS);
  }

  async add(rows: Columns): Promise<void> {
    const sources = this.#columns.map(({ name }) => columnOf(rows, name));
    for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
      if (from > 0 && from % PAUSE_ROWS === 0) await setImmediate();
      const length = Math.min(CHUNK_ROWS, rows.length - from);
      this.#chunk.reset();
      this.#chunk.rowCount = length;
      for (const [i, { convert }] of this.#columns.entries()) {
        const source = sources[i] ?? [];
        const vector = this.#chunk.getColumnVector(i);
        for (let row = 0; row < length; row++) {
          const value = source[from + row];
          if (value === null || value === undefined) vector.setItem(row, null);
          else vector.setItem(row, convert ? convert(value) : (value as DuckDBValue));
        }
        vector.flush();
      }
      this.#appender.appendDataChunk(this.#chunk);
    }
  }

  /** What was added is in the table then. */
  close(): void {
    this.#appender.closeSync();
  }
}
