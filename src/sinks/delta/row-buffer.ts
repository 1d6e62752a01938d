import { type ByteCount, nullable, unknownColumn, type ValueEncoder } from './encode-value.ts';
import { type MemberReader, memberReader } from './member-reader.ts';
import type { Row } from './row.ts';
import type { DeltaSchema } from './schema.ts';
import type { Columns, Value } from './value.ts';

interface ColumnEncoder {
  readonly name: string;
  readonly read: MemberReader | null;
  readonly encode: ValueEncoder;
  readonly nullable: boolean;
}

/** Rows of one table that wait to be written: checked, encoded and kept by column. */
export class RowBuffer implements Columns {
  readonly #encoders: readonly ColumnEncoder[];
  readonly #names: ReadonlySet<string>;
  readonly #columns: readonly Value[][];
  readonly #keepAbsent: boolean;
  readonly #count: ByteCount = { bytes: 0 };
  readonly schema: DeltaSchema;
  readonly values: ReadonlyMap<string, readonly Value[]>;
  #length = 0;

  /** @param keepAbsent tells a column that the row does not have (undefined: a merge keeps the old value) from null */
  constructor(schema: DeltaSchema, options: { readonly keepAbsent: boolean }) {
    this.schema = schema;
    this.#encoders = schema.fields.map(({ name, type, nullable: allowed }) => {
      return { name, read: memberReader(name), encode: nullable(type, allowed), nullable: allowed };
    });
    this.#names = new Set(schema.fields.map(({ name }) => name));
    this.#columns = schema.fields.map(() => []);
    this.#keepAbsent = options.keepAbsent;
    this.values = new Map(schema.fields.map(({ name }, i) => [name, this.#columns[i] ?? []]));
  }

  get length(): number {
    return this.#length;
  }

  /** An estimate of the memory that the rows take. */
  get bytes(): number {
    return this.#count.bytes;
  }

  /** For each row whether it deletes the row with its merge keys. */
  readonly deletions: boolean[] = [];

  /** Checks and encodes a row without adding it. @throws SERIALIZATION */
  encode(row: Row): EncodedRow {
    for (const name of Object.keys(row)) if (!this.#names.has(name)) throw unknownColumn(name);
    const count = { bytes: 16 };
    const values = this.#encoders.map(({ name, read, encode, nullable: allowed }) => {
      const value = read ? read(row) : row[name];
      if (value === undefined && this.#keepAbsent && allowed) return undefined;
      return encode(value, name, count);
    });
    return { values, bytes: count.bytes, deletes: false };
  }

  /** The same for a deletion, which has the merge keys alone. @throws SERIALIZATION */
  encodeDeletion(keys: Row, keyColumns: readonly string[]): EncodedRow {
    for (const name of Object.keys(keys)) if (!keyColumns.includes(name)) throw unknownColumn(name);
    const count = { bytes: 16 };
    const values = this.#encoders.map(({ name, read, encode }) => {
      return keyColumns.includes(name) ? encode(read ? read(keys) : keys[name], name, count) : undefined;
    });
    return { values, bytes: count.bytes, deletes: true };
  }

  add({ values, bytes, deletes }: EncodedRow): void {
    this.deletions.push(deletes);
    for (let i = 0; i < this.#columns.length; i++) this.#columns[i]?.push(values[i]);
    this.#count.bytes += bytes;
    this.#length++;
  }

  /** {@link encode} and {@link add} in one. When it throws, the buffer is of no more use. @throws SERIALIZATION */
  push(row: Row): void {
    let known = 0;
    for (let i = 0; i < this.#encoders.length; i++) {
      const encoder = this.#encoders[i];
      if (!encoder) continue;
      const value = encoder.read ? encoder.read(row) : row[encoder.name];
      if (value !== undefined) known++;
      const absent = value === undefined && this.#keepAbsent && encoder.nullable;
      this.#columns[i]?.push(absent ? undefined : encoder.encode(value, encoder.name, this.#count));
    }
    const names = Object.keys(row);
    if (names.length !== known) for (const name of names) if (!this.#names.has(name)) throw unknownColumn(name);
    this.deletions.push(false);
    this.#count.bytes += 16;
    this.#length++;
  }

  clear(): void {
    this.retain(() => false);
  }

  /** Takes rows out again. */
  retain(keep: (row: number) => boolean): void {
    const kept: number[] = [];
    for (let row = 0; row < this.#length; row++) if (keep(row)) kept.push(row);
    if (kept.length === this.#length) return;
    for (const column of [...this.#columns, this.deletions]) compact(column, kept);
    this.#count.bytes = Math.ceil((this.#count.bytes * kept.length) / this.#length);
    this.#length = kept.length;
  }
}

function compact<T>(column: T[], kept: readonly number[]): void {
  // In place: `kept` ascends, so nothing is overwritten before it was moved.
  for (const [to, from] of kept.entries()) column[to] = column[from] as T;
  column.length = kept.length;
}

export interface EncodedRow {
  /** In the schema's order. */
  readonly values: readonly Value[];
  readonly bytes: number;
  readonly deletes: boolean;
}
