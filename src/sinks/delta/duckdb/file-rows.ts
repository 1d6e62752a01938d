import type { PartitionValues } from '../actions.ts';
import type { TableShape } from '../data-file.ts';
import { dataSchema, ownPartitionText, partitionFields } from '../partition.ts';
import type { DeltaField, DeltaSchema, DeltaType } from '../schema.ts';
import { castColumns, type Engine, sqlConstant } from './engine.ts';
import { sqlList, sqlName, sqlText, sqlType } from './sql.ts';

/** Files of one partition, as a query for the table's columns. */
export interface FileRows {
  /** Local paths: see LocalFiles. */
  readonly paths: readonly string[];
  readonly partitionValues: PartitionValues;
  /** Of files that are not read whole, which rows. */
  readonly slices?: ReadonlyMap<string, RowRange>;
}

/** The rows [from, to) of a file; null: to its end. */
export interface RowRange {
  readonly from: number;
  readonly to: number | null;
}

/** Makes an empty file that has all the columns: read along with others, it gives them the columns that they lack. */
export async function writeTemplate(engine: Engine, path: string, schema: DeltaSchema): Promise<string> {
  const columns = schema.fields.map(({ name, type }) => `CAST(NULL AS ${sqlType(type)}) AS ${sqlName(name)}`);
  await engine.run(`COPY (SELECT ${columns.join(', ')} WHERE false) TO ${sqlText(path)} (FORMAT parquet)`);
  return path;
}

/** @param extra further columns of the reader, such as `filename` */
export function rowsOf(
  { paths, partitionValues, slices = new Map<string, RowRange>() }: FileRows,
  template: string,
  shape: TableShape,
  wanted: DeltaSchema = shape.schema,
  extra: readonly string[] = [],
): string {
  const { partitionColumns } = shape;
  const partition = partitionFields(wanted, partitionColumns).map(
    (field) => `${partitionConstant(field, partitionValues)} AS ${sqlName(field.name)}`,
  );
  const inFile = castColumns(dataSchema(wanted, partitionColumns));
  const list = [inFile, ...partition, ...extra].filter((part) => part !== '').join(', ');
  const options = ['union_by_name = true', 'hive_partitioning = false', ...extra.map((name) => `${name} = true`)];
  const scan = (some: readonly string[]): string =>
    `SELECT ${list} FROM read_parquet(${sqlList([template, ...some])}, ${options.join(', ')})`;
  const whole = paths.filter((path) => !slices.has(path));
  const scans = whole.length > 0 || slices.size === 0 ? [scan(whole)] : [];
  for (const [path, { from, to }] of slices) {
    const end = to === null ? '' : ` AND file_row_number < ${to}`;
    scans.push(`${scan([path])} WHERE file_row_number >= ${from}${end}`);
  }
  return scans.join(' UNION ALL ');
}

/** A file that is smaller than this is read whole, and files that are smaller together one after the other. */
const SLICE_BYTES = 4 * 1024 * 1024;

/**
 * Rows before a slice cost a tenth of what its own do, since they are passed over in pages that are read all the same: so
 * a slice has that much less of its own.
 */
const SKIP = 0.9;

export interface SizedPath {
  readonly path: string;
  readonly size: number;
}

/** The files in parts of about the same size, one for each lane of the engine; fewer where they are small. */
export async function partsOf(
  engine: Engine,
  schema: DeltaSchema,
  files: readonly SizedPath[],
  partitionValues: PartitionValues,
): Promise<FileRows[]> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const parts = Array.from({ length: total < SLICE_BYTES ? 1 : engine.lanes }, () => {
    return { bytes: 0, paths: [] as string[], slices: new Map<string, RowRange>() };
  });
  // Of many files each lane gets some whole ones: a reader of a slice is kept until its statement ends.
  const sliced = parts.length > 1 ? files.filter(({ size }) => size * 2 * parts.length > total) : [];
  const rowCounts = await rowCountsOf(engine, schema, sliced);
  for (const { path, size } of files) {
    const rows = rowCounts.get(path);
    if (rows !== undefined) {
      const bound = (part: number): number => Math.ceil((rows * (1 - SKIP ** part)) / (1 - SKIP ** parts.length));
      for (const [i, part] of parts.entries()) {
        part.paths.push(path);
        part.slices.set(path, { from: bound(i), to: i === parts.length - 1 ? null : bound(i + 1) });
      }
      continue;
    }
    const lightest = parts.reduce((least, part) => (part.bytes < least.bytes ? part : least));
    lightest.paths.push(path);
    lightest.bytes += size;
  }
  return parts.filter(({ paths }) => paths.length > 0).map(({ paths, slices }) => ({ paths, slices, partitionValues }));
}

/** The number of rows of the files that are large enough to be read in slices. */
async function rowCountsOf(
  engine: Engine,
  schema: DeltaSchema,
  files: readonly SizedPath[],
): Promise<ReadonlyMap<string, number>> {
  const paths = files.filter(({ size }) => size >= SLICE_BYTES).map(({ path }) => path);
  // The reader's own column of that name is not to be had beside one of the table's.
  const taken = schema.fields.some(({ name }) => name.toLowerCase() === 'file_row_number');
  if (paths.length === 0 || taken) return new Map();
  const found = await engine.rows(
    `SELECT file_name AS path, num_rows::VARCHAR AS rows FROM parquet_file_metadata(${sqlList(paths)})`,
  );
  return new Map(found.map(({ path, rows }) => [typeof path === 'string' ? path : '', Number(rows)]));
}

/** A partition's value in the column's type. */
export function partitionConstant({ name, type }: DeltaField, values: PartitionValues): string {
  // In our own spelling: other writers' texts (of timestamps) are not always what DuckDB's cast takes.
  return sqlConstant(ownPartitionText(type, values[name]), sqlType(type));
}

/** The text of a partition column's value, such that `ownPartitionText` makes our spelling of it. */
export function partitionText(column: string, type: DeltaType): string {
  const text = `CAST(${column} AS VARCHAR)`;
  if (type === 'timestamp') return `replace(${text}, '+00', 'Z')`;
  // DuckDB's own word is `inf`.
  return type === 'float' || type === 'double' ? `replace(${text}, 'inf', 'Infinity')` : text;
}
