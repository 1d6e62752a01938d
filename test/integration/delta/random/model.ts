import { printPartitionValue } from '../../../../src/sinks/delta/partition.ts';
import { RowBuffer } from '../../../../src/sinks/delta/row-buffer.ts';
import type { Row } from '../../../../src/sinks/delta/row.ts';
import type { DeltaSchema } from '../../../../src/sinks/delta/schema.ts';
import { digestOf } from './row-digest.ts';

/** What a merge is asked to do with a key. */
export interface Change {
  readonly row: Row;
  readonly deletes: boolean;
}

/** What a table should hold, kept the plain way: a list of rows. Their key is `id`; a null there is no key. */
export class Model {
  #rows: Row[] = [];
  readonly #partitionBy: readonly string[];

  constructor(partitionBy: readonly string[]) {
    this.#partitionBy = partitionBy;
  }

  get length(): number {
    return this.#rows.length;
  }

  append(rows: readonly Row[]): void {
    this.#rows.push(...rows);
  }

  merge(changes: readonly Change[]): void {
    for (const { row, deletes } of changes) {
      const at = row['id'] === null ? -1 : this.#rows.findIndex((old) => String(old['id']) === String(row['id']));
      if (deletes) {
        if (at >= 0) this.#rows.splice(at, 1);
      } else if (at >= 0) this.#rows[at] = { ...this.#rows[at], ...row };
      else this.#rows.push(row);
    }
  }

  overwrite(rows: readonly Row[], schema: DeltaSchema): void {
    const replaced = new Set(this.#partitions(rows, schema));
    const now = this.#partitions(this.#rows, schema);
    this.#rows = [...this.#rows.filter((_, i) => !replaced.has(now[i] ?? '')), ...rows];
  }

  digest(schema: DeltaSchema): string {
    return digestOf(schema, encoded(this.#rows, schema));
  }

  #partitions(rows: readonly Row[], schema: DeltaSchema): string[] {
    const columns = encoded(rows, schema);
    return rows.map((_, row) => {
      const values = this.#partitionBy.map((name) => {
        const type = schema.fields.find((field) => field.name === name)?.type ?? 'string';
        return printPartitionValue(type, columns.values.get(name)?.[row]);
      });
      return JSON.stringify(values);
    });
  }
}

export function encoded(rows: readonly Row[], schema: DeltaSchema): RowBuffer {
  const buffer = new RowBuffer(schema, { keepAbsent: false });
  for (const row of rows) buffer.add(buffer.encode(row));
  return buffer;
}
