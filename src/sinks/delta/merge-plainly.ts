import type { AddFile } from './actions.ts';
import { deleteFiles, openFile, readBatches, readFile, type TableShape, writeFiles } from './data-file.ts';
import { keysOf } from './key.ts';
import { KeySet } from './key-set.ts';
import { APART_BYTES, binsOf, type MadeFiles, type MergeInput } from './merge-plan.ts';
import type { MergeSource } from './merge-source.ts';
import { MergedRows } from './merged-rows.ts';
import { checkNotAppendOnly } from './protocol.ts';
import type { DeltaSchema } from './schema.ts';
import type { TableLog } from './table-log.ts';
import type { Columns } from './value.ts';

/** Files that are rewritten together into one: bounds what a merge without DuckDB holds in memory. */
const BIN_BYTES = 64 * 1024 * 1024;

/** The files of a merge, made without DuckDB from those that hold one of its keys. */
export async function mergePlainly(
  log: TableLog,
  shape: TableShape,
  input: MergeInput,
  source: MergeSource,
  removes: readonly AddFile[],
): Promise<MadeFiles> {
  if (removes.length > 0) checkNotAppendOnly(shape);
  const rows = new MergedRows(shape.schema, input.schema, source);
  const adds: AddFile[] = [];
  const write = async (columns: Columns): Promise<void> => {
    const keys = keysOf(columns, input.keyColumns);
    for (const { add, rows: positions } of await writeFiles(log.location, shape, columns)) {
      adds.push(add);
      input.cache.set(add.path, KeySet.of(positions === null ? keys : positions.map((at) => keys[at] ?? null)));
    }
  };
  try {
    for (const bin of binsOf(removes, BIN_BYTES)) {
      for (const file of bin) {
        const columns = await readFile(await openFile(log.location, file), file, shape.schema, shape.partitionColumns);
        rows.update(columns, keysOf(columns, input.keyColumns));
      }
      // Small files become one with the new rows; of larger ones the rows that are as they were stay by themselves.
      if (sizeOf(bin) > APART_BYTES) await write(rows.takeKept());
    }
    rows.insertRest();
    await write(rows.take());
  } catch (error) {
    await deleteFiles(log.location, adds);
    throw error;
  }
  return { adds, removes, metrics: rows.metrics };
}

function sizeOf(files: readonly AddFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** The keys that a file holds, which are remembered. Reads their columns, a row group at a time. */
export async function keysIn(log: TableLog, file: AddFile, input: MergeInput): Promise<KeySet> {
  const { schema, metadata } = log.snapshot;
  const fields = schema.fields.filter(({ name }) => input.keyColumns.includes(name));
  const keyOnly: DeltaSchema = { type: 'struct', fields };
  const parts: KeySet[] = [];
  const opened = await openFile(log.location, file);
  for await (const columns of readBatches(opened, file, keyOnly, metadata.partitionColumns)) {
    parts.push(KeySet.of(keysOf(columns, input.keyColumns)));
  }
  const keys = KeySet.union(parts);
  input.cache.set(file.path, keys);
  return keys;
}
