import { randomUUID } from 'node:crypto';
import { StreamsError } from '../../core/errors.ts';
import { joinPath } from '../lake/lake-store.ts';
import type { AddFile, Metadata, RemoveFile } from './actions.ts';
import { nameOf, type TableLocation } from './log.ts';
import { openParquet, type ParquetFile } from './parquet-read.ts';
import { writeParquet } from './parquet-write.ts';
import { dataSchema, parsePartitionValue, partitionFields, partitionFolder, splitByPartition } from './partition.ts';
import type { DeltaSchema } from './schema.ts';
import { statsOf } from './stats.ts';
import { type Columns, repeated } from './value.ts';

/** What writing a data file needs to know of the table. */
export type TableShape = Pick<Metadata, 'partitionColumns' | 'configuration'> & { readonly schema: DeltaSchema };

/** A file that is in the store and not yet in the log. */
export interface WrittenFile {
  readonly add: AddFile;
  /** Positions of its rows in the batch; null: all of them, in order. */
  readonly rows: readonly number[] | null;
}

/** Writes the batch as one file for each partition. When one cannot be written, none is left behind. */
export async function writeFiles(table: TableLocation, shape: TableShape, columns: Columns): Promise<WrittenFile[]> {
  const inFile = dataSchema(shape.schema, shape.partitionColumns);
  const by = partitionFields(shape.schema, shape.partitionColumns);
  const written: WrittenFile[] = [];
  try {
    for (const { values, columns: part, rows } of splitByPartition(columns, by)) {
      const file = joinPath(partitionFolder(values), `part-00000-${randomUUID()}.c000.snappy.parquet`);
      const bytes = await writeParquet(inFile, part);
      const stats = statsOf(inFile, part, indexedColumns(shape.configuration));
      await table.lake.write(joinPath(table.path, file), bytes, { unnamed: true });
      const add: AddFile = {
        path: encodeURI(file),
        partitionValues: values,
        size: bytes.length,
        modificationTime: Date.now(),
        dataChange: true,
        stats,
      };
      written.push({ add, rows });
    }
  } catch (error) {
    await deleteFiles(
      table,
      written.map(({ add }) => add),
    );
    throw error;
  }
  return written;
}

/** Takes back files that did not get into the log. What cannot be deleted is left to vacuum. */
export async function deleteFiles(table: TableLocation, files: readonly AddFile[]): Promise<void> {
  await Promise.allSettled(files.map((file) => table.lake.delete(dataPath(table, file))));
}

export function openFile(table: TableLocation, file: AddFile): Promise<ParquetFile> {
  return readBytes(table, file).then(openParquet);
}

/** The columns of the schema, those that the folder's name holds included. */
export async function readFile(
  file: ParquetFile,
  { partitionValues }: AddFile,
  schema: DeltaSchema,
  partitionColumns: readonly string[],
): Promise<Columns> {
  const columns = await file.read(dataSchema(schema, partitionColumns));
  const values = new Map(columns.values);
  for (const { name, type } of partitionFields(schema, partitionColumns)) {
    values.set(name, repeated(parsePartitionValue(type, partitionValues[name]), file.rows));
  }
  return { length: file.rows, values };
}

/** The same as {@link readFile}, one row group after the other. */
export async function* readBatches(
  file: ParquetFile,
  { partitionValues }: AddFile,
  schema: DeltaSchema,
  partitionColumns: readonly string[],
): AsyncGenerator<Columns> {
  const fixed = partitionFields(schema, partitionColumns).map(({ name, type }) => {
    return { name, value: parsePartitionValue(type, partitionValues[name]) };
  });
  for await (const { length, values: inFile } of file.batches(dataSchema(schema, partitionColumns))) {
    const values = new Map(inFile);
    for (const { name, value } of fixed) values.set(name, repeated(value, length));
    yield { length, values };
  }
}

export function removeOf({ path, partitionValues, size }: AddFile, now: number): RemoveFile {
  return { path, deletionTimestamp: now, dataChange: true, extendedFileMetadata: true, partitionValues, size };
}

async function readBytes(table: TableLocation, file: AddFile): Promise<Buffer> {
  if (file.deletionVector) throw new StreamsError('TABLE_INVALID', `${nameOf(table)} has deletion vectors`);
  const bytes = await table.lake.read(dataPath(table, file));
  if (bytes === null) throw missingFile(table, file);
  return bytes;
}

export function missingFile(table: TableLocation, { path }: AddFile): StreamsError {
  return new StreamsError('TABLE_INVALID', `${nameOf(table)}: the log names ${path}, which is not there`);
}

/** Where a file is in the lake. @throws TABLE_INVALID for one outside of the table's folder */
export function dataPath(table: TableLocation, { path }: Pick<AddFile, 'path'>): string {
  if (/^([a-z][a-z0-9+.-]*:|\/)/i.test(path)) {
    throw new StreamsError('TABLE_INVALID', `${nameOf(table)} has a file outside of its folder: ${path}`);
  }
  return joinPath(table.path, decodeURIComponent(path));
}

/** How many leaf columns get statistics. */
export function indexedColumns(configuration: Readonly<Record<string, string>>): number {
  const setting = Number(configuration['delta.dataSkippingNumIndexedCols'] ?? 32);
  return Number.isInteger(setting) ? setting : 32;
}
