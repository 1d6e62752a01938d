import { randomUUID } from 'node:crypto';
import { joinPath } from '../../lake/lake-store.ts';
import type { AddFile, PartitionValues } from '../actions.ts';
import { indexedColumns, type TableShape } from '../data-file.ts';
import type { TableLocation } from '../log.ts';
import { dataSchema, partitionFolder } from '../partition.ts';
import { copiedStats, type LeafStats } from './copied-stats.ts';
import type { Engine } from './engine.ts';
import type { LocalFiles } from './local-files.ts';
import { sqlText } from './sql.ts';

/** Rows of a row group: what each thread holds back before it writes. */
const GROUP_ROWS = 20_480;

export interface CopyTarget {
  readonly engine: Engine;
  readonly files: LocalFiles;
  readonly table: TableLocation;
  readonly shape: TableShape;
}

/** Rows that go into one file. */
export interface CopyInput {
  /** A query for the columns that are in the file, cast to their types: see `castColumns`. */
  readonly query: string;
  readonly partitionValues: PartitionValues;
  readonly dataChange: boolean;
  /** See {@link Engine.lanes}; default 0. */
  readonly lane?: number;
}

/** What COPY answers. */
interface Copied {
  readonly count: string;
  readonly file_size_bytes: string;
  readonly column_statistics: readonly { readonly key: string; readonly value: readonly Entry[] }[];
}

interface Entry {
  readonly key: string;
  readonly value: string;
}

export interface CopiedFile {
  readonly add: AddFile;
  readonly rows: number;
}

/** Writes the rows of a query as a data file; null when there are none. Memory is bounded by the engine's limit. */
export async function copyFile(target: CopyTarget, input: CopyInput): Promise<CopiedFile | null> {
  const copied = await startCopy(target, input);
  await copied?.published;
  return copied;
}

/** The same, when DuckDB has done its part: the file is in the lake, and durable, when `published` resolves. */
export async function startCopy(
  target: CopyTarget,
  input: CopyInput,
): Promise<(CopiedFile & { readonly published: Promise<void> }) | null> {
  const { files, table } = target;
  const local = files.newOutput();
  try {
    const copied = await copyQuery(local, target, input);
    if (!copied) {
      await files.discard(local);
      return null;
    }
    const path = joinPath(table.path, decodeURI(copied.add.path));
    const published = publish(files, local, path);
    // Whoever waits for it is told.
    published.catch(() => undefined);
    return { ...copied, published };
  } catch (error) {
    await files.discard(local);
    throw error;
  }
}

async function publish(files: LocalFiles, local: string, path: string): Promise<void> {
  try {
    await files.publish(local, path);
  } finally {
    await files.discard(local);
  }
}

async function copyQuery(local: string, { engine, shape }: CopyTarget, input: CopyInput): Promise<CopiedFile | null> {
  const options = `FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${GROUP_ROWS}, RETURN_STATS`;
  const [copied] = await engine.rows(`COPY (${input.query}) TO ${sqlText(local)} (${options})`, input.lane);
  const { count, file_size_bytes: size, column_statistics: statistics } = copied as unknown as Copied;
  const rows = Number(count);
  if (rows === 0) return null;
  const file = joinPath(partitionFolder(input.partitionValues), `part-00000-${randomUUID()}.c000.snappy.parquet`);
  const inFile = dataSchema(shape.schema, shape.partitionColumns);
  const leaves = new Map<string, LeafStats>(
    statistics.map(({ key, value }) => [key, Object.fromEntries(value.map((entry) => [entry.key, entry.value]))]),
  );
  const add: AddFile = {
    path: encodeURI(file),
    partitionValues: input.partitionValues,
    size: Number(size),
    modificationTime: Date.now(),
    dataChange: input.dataChange,
    stats: copiedStats(inFile, rows, leaves, indexedColumns(shape.configuration)),
  };
  return { add, rows };
}
