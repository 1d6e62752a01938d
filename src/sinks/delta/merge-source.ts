import { keysOf } from './key.ts';
import type { RowBuffer } from './row-buffer.ts';
import type { DeltaField, DeltaSchema } from './schema.ts';
import type { Value } from './value.ts';

/** What a merge does to one key. */
export interface SourceRow {
  /** Where they are not simply those of the batch's row, since rows before it had the key too: see {@link sourceValue}. */
  readonly values: readonly Value[] | null;
  readonly deletes: boolean;
  /** The row was deleted and written anew within the batch: nothing of an old row is kept. */
  readonly replaces: boolean;
  /** Where the last row of the key is in the batch. */
  readonly at: number;
}

/** The batch with one row for each key: the last one wins, over what earlier ones of the same batch set. */
export interface MergeSource {
  readonly byKey: ReadonlyMap<string, SourceRow>;
  /** Rows with a null in their key: the same as no other, always inserted. */
  readonly unmatched: readonly SourceRow[];
  /** The batch, in the schema's order. */
  readonly columns: readonly (readonly Value[])[];
  /** The values of each key column, nulls left out. */
  readonly keyValues: readonly { readonly field: DeltaField; readonly values: readonly Value[] }[];
}

export function mergeSource(rows: RowBuffer, schema: DeltaSchema, keyColumns: readonly string[]): MergeSource {
  const keys = keysOf(rows, keyColumns);
  const columns = schema.fields.map(({ name }) => rows.values.get(name) ?? []);
  const byKey = new Map<string, SourceRow>();
  const unmatched: SourceRow[] = [];
  for (const [row, key] of keys.entries()) {
    const deletes = rows.deletions[row] ?? false;
    const earlier = key === null ? undefined : byKey.get(key);
    const next: SourceRow = {
      values: deletes || !earlier || earlier.deletes ? null : over(columns, row, earlier),
      deletes,
      replaces: !deletes && replaced(earlier),
      at: row,
    };
    if (key !== null) byKey.set(key, next);
    else if (!deletes) unmatched.push(next);
  }
  const keyFields = schema.fields.filter(({ name }) => keyColumns.includes(name));
  const keyValues = keyFields.map((field) => {
    const values = (rows.values.get(field.name) ?? []).filter((value) => value !== null && value !== undefined);
    return { field, values };
  });
  return { byKey, unmatched, columns, keyValues };
}

/** The row's value of the column at that position of the schema; undefined leaves that of a row that is there. */
export function sourceValue({ columns }: Pick<MergeSource, 'columns'>, row: SourceRow, position: number): Value {
  return row.values ? row.values[position] : columns[position]?.[row.at];
}

function over(columns: MergeSource['columns'], row: number, earlier: SourceRow): readonly Value[] {
  return columns.map((column, i) => {
    const value = column[row];
    return value === undefined ? sourceValue({ columns }, earlier, i) : value;
  });
}

function replaced(earlier: SourceRow | undefined): boolean {
  return earlier !== undefined && (earlier.deletes || earlier.replaces);
}
