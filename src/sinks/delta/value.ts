/**
 * A column's value inside this sink, in the form that Parquet takes: string, boolean, number (byte to integer, float,
 * double; date as days), bigint (long; timestamps as µs; decimals unscaled), Uint8Array, struct as an object with all
 * its fields, array, map as entries. null is null; undefined only in the rows of a merge: leave what is there.
 */
export type Value =
  | string
  | boolean
  | number
  | bigint
  | Uint8Array
  | null
  | undefined
  | readonly Value[]
  | { readonly [name: string]: Value };

/** The text of a value of a simple type: digits, `true`, or the text itself. */
export function textOf(value: string | boolean | number | bigint): string {
  return String(value);
}

/** Whether a value is of a simple type, and so has a {@link textOf}. */
export function isSimple(value: unknown): value is string | boolean | number | bigint {
  return value !== null && value !== undefined && typeof value !== 'object';
}

/** A column with the same value in each row. */
export function repeated(value: Value, length: number): Value[] {
  return Array.from<Value>({ length }).fill(value);
}

/** Rows by column, all arrays of the same length. */
export interface Columns {
  readonly length: number;
  readonly values: ReadonlyMap<string, readonly Value[]>;
}

/** The values of a column; nulls where the batch has no such column. */
export function columnOf(columns: Columns, name: string): readonly Value[] {
  return columns.values.get(name) ?? repeated(null, columns.length);
}

/** The rows at these positions, in that order. */
export function pick(columns: Columns, rows: readonly number[]): Columns {
  const values = new Map<string, readonly Value[]>();
  for (const [name, column] of columns.values)
    values.set(
      name,
      rows.map((row) => column[row]),
    );
  return { length: rows.length, values };
}
