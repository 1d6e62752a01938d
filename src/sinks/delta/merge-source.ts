import { keysOf } from './key.ts';
import type { RowBuffer } from './row-buffer.ts';
import type { DeltaField, DeltaSchema } from './schema.ts';
import type { Value } from './value.ts';

/** What a merge does to one key. */
export interface SourceRow {
  /** In the schema's order; undefined leaves the value of a row that is there. Empty for a deletion. */
  readonly values: readonly Value[];
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
    const values = deletes ? [] : columns.map((column) => column[row]);
    const earlier = key === null ? undefined : byKey.get(key);
    const next: SourceRow = {
      values: over(values, earlier),
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
  return { byKey, unmatched, keyValues };
}

function over(values: readonly Value[], earlier: SourceRow | undefined): readonly Value[] {
  if (!earlier || earlier.deletes) return values;
  return values.map((value, i) => (value === undefined ? earlier.values[i] : value));
}

function replaced(earlier: SourceRow | undefined): boolean {
  return earlier !== undefined && (earlier.deletes || earlier.replaces);
}
