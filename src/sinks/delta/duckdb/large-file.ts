import type { AddFile } from '../actions.ts';
import type { TableShape } from '../data-file.ts';
import type { TableLocation } from '../log.ts';
import type { Columns } from '../value.ts';
import { copyFile } from './copy-file.ts';
import { castTo, Engine, type EngineOptions } from './engine.ts';
import { LocalFiles } from './local-files.ts';
import { RowFile } from './row-file.ts';

/** From this many rows on, DuckDB is the faster writer. */
export const LARGE_ROWS = 50_000;

/**
 * A data file of a table without partitions whose rows come piece by piece: they wait on the local disk, and
 * never all of them as values of this process.
 */
export class LargeFile {
  readonly #engine: Engine;
  readonly #table: TableLocation;
  readonly #shape: TableShape;
  readonly #rows: RowFile;

  private constructor(engine: Engine, table: TableLocation, shape: TableShape, rows: RowFile) {
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
    return new LargeFile(engine, table, shape, new RowFile(engine.folder, shape.schema));
  }

  add(rows: Columns): Promise<void> {
    return this.#rows.add(rows);
  }

  /** Writes the file, which is in the lake and not yet in the log. */
  async finish(): Promise<AddFile[]> {
    const files = new LocalFiles(this.#table, this.#engine.folder);
    const target = { engine: this.#engine, table: this.#table, shape: this.#shape, files };
    const query = castTo(this.#shape.schema, await this.#rows.query());
    const copied = await copyFile(target, { query, partitionValues: {}, dataChange: true });
    return copied ? [copied.add] : [];
  }

  /** Gives everything back, whether it was finished or not. */
  async close(): Promise<void> {
    await this.#rows.close();
    await this.#engine.close();
  }
}
