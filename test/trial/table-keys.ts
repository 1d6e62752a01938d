import type { TableSet } from '../../src/apps/shared/table-set.ts';
import { openFile, readFile } from '../../src/sinks/delta/data-file.ts';
import { decodeRows } from '../../src/sinks/delta/decode-value.ts';
import { loadSnapshot } from '../../src/sinks/delta/load-snapshot.ts';
import type { Row } from '../../src/sinks/delta/row.ts';
import { localLake } from '../../src/sinks/lake/local.ts';

/** Some columns of all rows of a table, file by file; none where there is no table. */
export async function* readColumns(path: string, columns: readonly string[]): AsyncGenerator<Row> {
  const location = { lake: localLake(path), path: '' };
  const loaded = await loadSnapshot(location);
  if (!loaded) return;
  const { schema, files, metadata } = loaded.snapshot;
  const fields = schema.fields.filter(({ name }) => columns.includes(name));
  const some = { type: 'struct', fields } as const;
  for (const file of files.values()) {
    const read = await readFile(await openFile(location, file), file, some, metadata.partitionColumns);
    yield* decodeRows(some, read);
  }
}

export interface TableVerdict {
  readonly rows: number;
  readonly expected: number;
  /** Rows whose key another row has. */
  readonly twice: number;
  readonly missing: number;
  readonly unexpected: number;
}

/** Compares the keys of a table's rows with those that it should have. */
export async function checkTableKeys(
  tables: TableSet,
  lake: string,
  name: string,
  expected: ReadonlySet<string>,
): Promise<TableVerdict> {
  const columns = tables.mergeKeys(name);
  const found = new Set<string>();
  let rows = 0;
  for await (const row of readColumns(tables.path(lake, name), columns)) {
    rows++;
    found.add(columns.map((column) => String(row[column])).join('/'));
  }
  const { missing, unexpected } = differences(found, expected);
  return { rows, expected: expected.size, twice: rows - found.size, missing, unexpected };
}

export interface KeySet {
  readonly size: number;
  has(key: string): boolean;
  keys(): Iterable<string>;
}

export function differences(found: KeySet, expected: KeySet): { missing: number; unexpected: number } {
  const count = (of: KeySet, other: KeySet): number => {
    let lacking = 0;
    for (const key of of.keys()) if (!other.has(key)) lacking++;
    return lacking;
  };
  return { missing: count(expected, found), unexpected: count(found, expected) };
}
