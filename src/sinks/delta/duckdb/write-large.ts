import type { AddFile } from '../actions.ts';
import { deleteFiles, type TableShape } from '../data-file.ts';
import type { TableLocation } from '../log.ts';
import { dataSchema, partitionFields, splitByPartition } from '../partition.ts';
import type { Columns } from '../value.ts';
import { copyFile } from './copy-file.ts';
import { castTo, Engine, type EngineOptions } from './engine.ts';
import { LARGE_ROWS } from './large-file.ts';
import { LocalFiles } from './local-files.ts';
import { RowFile } from './row-file.ts';

/** Below this many rows for each partition it is not. */
const PARTITION_ROWS = 10_000;

/** Writes a large batch as one file for each partition; null where it is not large, or DuckDB is not there. */
export async function writeLarge(
  table: TableLocation,
  shape: TableShape,
  columns: Columns,
  options: EngineOptions | false,
): Promise<AddFile[] | null> {
  if (options === false || columns.length < LARGE_ROWS) return null;
  const parts = splitByPartition(columns, partitionFields(shape.schema, shape.partitionColumns));
  if (columns.length / parts.length < PARTITION_ROWS) return null;
  const engine = await Engine.open(options);
  if (!engine) return null;
  const target = { engine, table, shape, files: new LocalFiles(table, engine.folder) };
  const inFile = dataSchema(shape.schema, shape.partitionColumns);
  const adds: AddFile[] = [];
  try {
    for (const { values, columns: part } of parts) {
      const rows = new RowFile(engine.folder, inFile);
      await rows.add(part);
      const query = castTo(inFile, await rows.query());
      const copied = await copyFile(target, { query, partitionValues: values, dataChange: true });
      if (copied) adds.push(copied.add);
      await rows.close();
    }
  } catch (error) {
    await deleteFiles(table, adds);
    throw error;
  } finally {
    await engine.close();
  }
  return adds;
}
