import type { PartitionValues } from '../actions.ts';
import type { TableShape } from '../data-file.ts';
import { dataSchema, ownPartitionText, partitionFields } from '../partition.ts';
import type { DeltaField, DeltaSchema, DeltaType } from '../schema.ts';
import { castColumns, type Engine, sqlConstant } from './engine.ts';
import { sqlList, sqlName, sqlText, sqlType } from './sql.ts';

/** The files of one partition, as a query for the table's columns. */
export interface FileRows {
  /** Local paths: see LocalFiles. */
  readonly paths: readonly string[];
  readonly partitionValues: PartitionValues;
  /** Of files that are to be read in parts, the number of rows: see `undividedFiles`. */
  readonly undivided?: ReadonlyMap<string, number>;
}

/** Makes an empty file that has all the columns: read along with others, it gives them the columns that they lack. */
export async function writeTemplate(engine: Engine, path: string, schema: DeltaSchema): Promise<string> {
  const columns = schema.fields.map(({ name, type }) => `CAST(NULL AS ${sqlType(type)}) AS ${sqlName(name)}`);
  await engine.run(`COPY (SELECT ${columns.join(', ')} WHERE false) TO ${sqlText(path)} (FORMAT parquet)`);
  return path;
}

/** @param extra further columns of the reader, such as `filename` */
export function rowsOf(
  { paths, partitionValues, undivided = new Map<string, number>() }: FileRows,
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
  const whole = paths.filter((path) => !undivided.has(path));
  const scans = whole.length > 0 || undivided.size === 0 ? [scan(whole)] : [];
  for (const [path, rows] of undivided) {
    const middle = Math.ceil(rows / 2);
    scans.push(
      `${scan([path])} WHERE file_row_number < ${middle}`,
      `${scan([path])} WHERE file_row_number >= ${middle}`,
    );
  }
  return scans.join(' UNION ALL ');
}

/** Below this size it does not matter how many threads read a file. */
const UNDIVIDED_BYTES = 4 * 1024 * 1024;

/**
 * Files whose rows are all in one row group, as some writers leave them, with their number of rows. A row group is read
 * and what follows from it done by one thread; in two parts, by two.
 */
export async function undividedFiles(
  engine: Engine,
  schema: DeltaSchema,
  files: readonly { readonly path: string; readonly size: number }[],
): Promise<ReadonlyMap<string, number>> {
  const paths = files.filter(({ size }) => size >= UNDIVIDED_BYTES).map(({ path }) => path);
  // The reader's own column of that name is not to be had beside one of the table's.
  const taken = schema.fields.some(({ name }) => name.toLowerCase() === 'file_row_number');
  if (paths.length === 0 || taken || engine.threads < 2) return new Map();
  const found = await engine.rows(
    'SELECT file_name AS path, num_rows::VARCHAR AS rows ' +
      `FROM parquet_file_metadata(${sqlList(paths)}) WHERE num_row_groups = 1`,
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
