import { columnOf, type Columns, isSimple, textOf, type Value } from './value.ts';

/**
 * For each row the text that its merge keys have in common with the rows that are the same, and no others; null where one
 * of them is null: such a row is the same as no other.
 */
export function keysOf(columns: Columns, keyColumns: readonly string[]): (string | null)[] {
  const sources = keyColumns.map((name) => columnOf(columns, name));
  const [only] = sources;
  if (sources.length === 1 && only) return only.map((value) => (isNull(value) ? null : keyText(value)));
  return Array.from({ length: columns.length }, (_, row) => {
    let key = '';
    for (const source of sources) {
      const value = source[row];
      if (isNull(value)) return null;
      const text = keyText(value);
      key += `${text.length}:${text}`;
    }
    return key;
  });
}

function isNull(value: Value): boolean {
  return value === null || value === undefined;
}

function keyText(value: Value): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return isSimple(value) ? textOf(value) : JSON.stringify(value);
}
