import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeltaSchema } from '../schema.ts';
import { columnOf, type Columns } from '../value.ts';
import { type JsonForm, jsonForm, jsonOf } from './json-form.ts';
import { sqlName, sqlText } from './sql.ts';

/** Rows that are made into text without a pause for other work of the process. */
const PIECE_ROWS = 2_048;
/** DuckDB reads in pieces of twice the length of the longest line, or of this, each of its threads one at a time. */
const LINE_BYTES = 1024 * 1024;
/** UTF-8 bytes of a UTF-16 unit, at most. */
const UNIT_BYTES = 3;

/**
 * Rows on their way into DuckDB, as lines of JSON in a file of the local disk. `JSON.stringify` and DuckDB's reader are
 * both native, so a row takes half of what handing over its values one by one does; and DuckDB reads on its own threads.
 */
export class RowFile {
  readonly #path: string;
  readonly #columns: readonly { readonly name: string; readonly form: JsonForm }[];
  /** Filled anew for each row, so that all have one shape. */
  readonly #line: Record<string, unknown>;
  #handle: FileHandle | null = null;
  #longest = 0;

  constructor(folder: string, schema: DeltaSchema) {
    this.#path = join(folder, `${randomUUID()}.ndjson`);
    this.#columns = schema.fields.map(({ name, type }) => ({ name, form: jsonForm(type) }));
    this.#line = Object.fromEntries(this.#columns.map((_, i) => [keyOf(i), null]));
  }

  /** @throws SERIALIZATION for a time that DuckDB has none for: in the first and the last second of 64 bits */
  async add(rows: Columns): Promise<void> {
    this.#handle ??= await open(this.#path, 'wx');
    const columns = this.#columns.map(({ name, form }, i) => ({ key: keyOf(i), form, values: columnOf(rows, name) }));
    const line = this.#line;
    for (let from = 0; from < rows.length; from += PIECE_ROWS) {
      const to = Math.min(from + PIECE_ROWS, rows.length);
      let text = '';
      for (let row = from; row < to; row++) {
        for (const { key, form, values } of columns) line[key] = jsonOf(form, values[row]);
        const json = JSON.stringify(line);
        if (json.length > this.#longest) this.#longest = json.length;
        text += `${json}\n`;
      }
      await this.#handle.writeFile(text);
    }
  }

  /** A query for all rows, when the last one is in. */
  async query(): Promise<string> {
    await this.#handle?.close();
    this.#handle = null;
    const list = this.#columns.map(({ name, form: { restore } }, i) => {
      return `${restore?.(keyOf(i)) ?? keyOf(i)} AS ${sqlName(name)}`;
    });
    const types = this.#columns.map(({ form: { type } }, i) => `${keyOf(i)}: ${sqlText(type)}`);
    const bytes = Math.max(LINE_BYTES, this.#longest * UNIT_BYTES);
    const options = `format = 'newline_delimited', hive_partitioning = false, maximum_object_size = ${bytes}`;
    return `SELECT ${list.join(', ')} FROM read_json(${sqlText(this.#path)}, ${options}, columns = {${types.join(', ')}})`;
  }

  /** Gives the file back. */
  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = null;
    await rm(this.#path, { force: true });
  }
}

function keyOf(position: number): string {
  return `c${position}`;
}
