import type { AddFile } from '../actions.ts';
import type { TableShape } from '../data-file.ts';
import type { TableLocation } from '../log.ts';
import type { Columns } from '../value.ts';
import { copyFile } from './copy-file.ts';
import { castColumns, Engine, type EngineOptions } from './engine.ts';
import { LocalFiles } from './local-files.ts';
import type { RowAppender } from './row-appender.ts';

/** From this many rows on, DuckDB is the faster writer. */
export const LARGE_ROWS = 50_000;

/**
 * A data file of a table without partitions whose rows come piece by piece: they wait inside DuckDB, under its memory
 * limit, and never all of them as values of this process.
 */
export class LargeFile {
  readonly #engine: Engine;
  readonly #table: TableLocation;
  readonly #shape: TableShape;
  readonly #rows: RowAppender;
  #filled = false;

  private constructor(engine: Engine, table: TableLocation, shape: TableShape, rows: RowAppender) {
    this.#engine = engine;
    this.#table = table;
    this.#shape = shape;
    this.#rows = rows;
  }

  /** null where DuckDB is not installed, or the table has partitions. */
  static async open(
    table: TableLocation,
    shape: TableShape,
    options: EngineOptions | false,
  ): Promise<LargeFile | null> {
    if (options === false || shape.partitionColumns.length > 0) return null;
    const engine = await Engine.open(options);
    if (!engine) return null;
    try {
      return new LargeFile(engine, table, shape, await engine.createTable('batch', shape.schema));
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  add(rows: Columns): Promise<void> {
    return this.#rows.add(rows);
  }

  /** Writes the file, which is in the lake and not yet in the log. */
  async finish(): Promise<AddFile[]> {
    this.#fill();
    const files = new LocalFiles(this.#table, this.#engine.folder);
    const target = { engine: this.#engine, table: this.#table, shape: this.#shape, files };
    const query = `SELECT ${castColumns(this.#shape.schema)} FROM batch`;
    const copied = await copyFile(target, { query, partitionValues: {}, dataChange: true });
    return copied ? [copied.add] : [];
  }

  /** Gives everything back, whether it was finished or not. */
  async close(): Promise<void> {
    this.#fill();
    await this.#engine.close();
  }

  #fill(): void {
    if (this.#filled) return;
    this.#filled = true;
    this.#rows.close();
  }
}
