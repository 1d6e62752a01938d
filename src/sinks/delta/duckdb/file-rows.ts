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
}

/** Makes an empty file that has all the columns: read along with others, it gives them the columns that they lack. */
export async function writeTemplate(engine: Engine, path: string, schema: DeltaSchema): Promise<string> {
  const columns = schema.fields.map(({ name, type }) => `CAST(NULL AS ${sqlType(type)}) AS ${sqlName(name)}`);
  await engine.run(`COPY (SELECT ${columns.join(', ')} WHERE false) TO ${sqlText(path)} (FORMAT parquet)`);
  return path;
}

/** @param extra further columns of the reader, such as `filename` */
export function rowsOf(
  { paths, partitionValues }: FileRows,
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
  return `SELECT ${list} FROM read_parquet(${sqlList([template, ...paths])}, ${options.join(', ')})`;
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
