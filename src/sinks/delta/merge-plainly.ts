import type { AddFile } from './actions.ts';
import { deleteFiles, openFile, readBatches, readFile, type TableShape, writeFiles } from './data-file.ts';
import { keysOf } from './key.ts';
import { KeySet } from './key-set.ts';
import { apartOf, type MadeFiles, type MergeInput } from './merge-plan.ts';
import type { MergeSource } from './merge-source.ts';
import { MergedRows } from './merged-rows.ts';
import { checkNotAppendOnly } from './protocol.ts';
import type { DeltaSchema } from './schema.ts';
import type { TableLog } from './table-log.ts';
import type { Columns } from './value.ts';

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
  const take = async (file: AddFile): Promise<void> => {
    const columns = await readFile(await openFile(log.location, file), file, shape.schema, shape.partitionColumns);
    rows.update(columns, keysOf(columns, input.keyColumns));
  };
  const { large, small } = apartOf(removes);
  try {
    for (const file of large) {
      await take(file);
      await write(rows.takeKept());
    }
    for (const file of small) await take(file);
    rows.insertRest();
    await write(rows.take());
  } catch (error) {
    await deleteFiles(log.location, adds);
    throw error;
  }
  return { adds, removes, metrics: rows.metrics };
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
