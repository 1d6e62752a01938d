import type { AddFile, PartitionValues } from './actions.ts';
import { parseDecimal, printDecimal } from './decimal.ts';
import { decimalOf, type DeltaField, type DeltaSchema, type DeltaType } from './schema.ts';
import { parseDate, parseTimestamp, printDate, printTimestamp } from './time.ts';
import { columnOf, type Columns, isSimple, pick, textOf, type Value } from './value.ts';

/** Rows that share their partition values, and so a file. */
export interface PartitionRows {
  readonly values: PartitionValues;
  readonly columns: Columns;
  /** Positions of the rows in the batch they came from. */
  readonly rows: readonly number[] | null;
}

/** The batch by partition, in the order of each partition's first row; the batch itself where the table has no partitions. */
export function splitByPartition(columns: Columns, by: readonly DeltaField[]): PartitionRows[] {
  if (columns.length === 0) return [];
  if (by.length === 0) return [{ values: {}, columns, rows: null }];
  const sources = by.map(({ name, type }) => ({ name, type, column: columnOf(columns, name) }));
  const found = new Map<string, { values: PartitionValues; rows: number[] }>();
  for (let row = 0; row < columns.length; row++) {
    const values = Object.fromEntries(sources.map((s) => [s.name, printPartitionValue(s.type, s.column[row])]));
    const key = JSON.stringify(Object.values(values));
    const entry = found.get(key);
    if (entry) entry.rows.push(row);
    else found.set(key, { values, rows: [row] });
  }
  return Array.from(found.values(), ({ values, rows }) => ({ values, rows, columns: pick(columns, rows) }));
}

/** The columns that are kept in the folder's name and the log instead of the file. */
export function partitionFields(schema: DeltaSchema, names: readonly string[]): DeltaField[] {
  return schema.fields.filter(({ name }) => names.includes(name));
}

/** The columns that are in the files. */
export function dataSchema(schema: DeltaSchema, partitionColumns: readonly string[]): DeltaSchema {
  return { type: 'struct', fields: schema.fields.filter(({ name }) => !partitionColumns.includes(name)) };
}

/** PROTOCOL.md, Partition Value Serialization. The empty text means null there, so it cannot be kept apart. */
export function printPartitionValue(type: DeltaType, value: Value): string | null {
  if (value === null || value === undefined || value === '') return null;
  const decimal = decimalOf(type);
  if (typeof value === 'bigint') {
    if (decimal) return printDecimal(value, decimal.scale);
    if (type === 'timestamp') return printTimestamp(value, 'zoned');
    if (type === 'timestamp_ntz') return printTimestamp(value, 'local')?.replace('T', ' ') ?? null;
  }
  if (type === 'date') return printDate(value as number);
  return isSimple(value) ? textOf(value) : null;
}

export function parsePartitionValue(type: DeltaType, text: string | null | undefined): Value {
  if (text === null || text === undefined || text === '') return null;
  const decimal = decimalOf(type);
  if (decimal) return parseDecimal(asWritten(text), decimal.scale);
  if (type === 'string') return text;
  if (type === 'boolean') return text === 'true';
  if (type === 'long') return BigInt(text);
  if (type === 'date') return parseDate(text);
  if (type === 'timestamp' || type === 'timestamp_ntz') return parseTimestamp(text, 'either');
  return type === 'float' ? Math.fround(Number(text)) : Number(text);
}

/** delta-rs up to 1.6 prints the sign of a negative decimal before the fraction (too): `-2.-58`, `0.-58`. */
function asWritten(text: string): string {
  return text.includes('.-') ? `-${text.replace('.-', '.').replace(/^-/, '')}` : text;
}

/** The text of a partition value as we print it: other writers print timestamps and floats in other ways. */
export function ownPartitionText(type: DeltaType, text: string | null | undefined): string | null {
  return printPartitionValue(type, parsePartitionValue(type, text));
}

/** The files of each partition, in the order of each partition's first file. */
export function filesByPartition(
  files: Iterable<AddFile>,
): { readonly values: PartitionValues; readonly files: readonly AddFile[] }[] {
  const found = new Map<string, { values: PartitionValues; files: AddFile[] }>();
  for (const file of files) {
    const values = file.partitionValues;
    const key = JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
    const entry = found.get(key);
    if (entry) entry.files.push(file);
    else found.set(key, { values, files: [file] });
  }
  return Array.from(found.values());
}

/** `day=2026-01-01/kind=a%20b`; the empty text without partitions. */
export function partitionFolder(values: PartitionValues): string {
  return Object.entries(values)
    .map(([name, value]) => `${escape(name)}=${value === null ? '__HIVE_DEFAULT_PARTITION__' : escape(value)}`)
    .join('/');
}

/** Percent-encoded, and no longer than a file system takes: readers go by the log, not by the folder's name. */
function escape(text: string): string {
  const escaped = encodeURIComponent(text).replace(
    /[!'()*~]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return escaped.length <= 120 ? escaped : escaped.slice(0, 120).replace(/%.?$/, '');
}
