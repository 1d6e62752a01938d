import type { Columns, Value } from './value.ts';
import { columnOf } from './value.ts';

/**
 * For each row the text that its merge keys have in common with the rows that are the same, and no others; null where one
 * of them is null: such a row is the same as no other.
 */
export function keysOf(columns: Columns, keyColumns: readonly string[]): (string | null)[] {
  const sources = keyColumns.map((name) => columnOf(columns, name));
  const [only] = sources;
  if (sources.length === 1 && only) return only.map((value) => (isNull(value) ? null : textOf(value)));
  return Array.from({ length: columns.length }, (_, row) => {
    let key = '';
    for (const source of sources) {
      const value = source[row];
      if (isNull(value)) return null;
      const text = textOf(value);
      key += `${text.length}:${text}`;
    }
    return key;
  });
}

function isNull(value: Value): boolean {
  return value === null || value === undefined;
}

function textOf(value: Value): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
}
