import { type MergeSource, type SourceRow, sourceValue } from './merge-source.ts';
import type { DeltaSchema } from './schema.ts';
import { columnOf, type Columns, pick, type Value } from './value.ts';

export interface MergeMetrics {
  numTargetRowsInserted: number;
  numTargetRowsUpdated: number;
  numTargetRowsDeleted: number;
  numTargetRowsCopied: number;
}

/** Collects, by column, the rows that a merge writes: the old ones as they are or updated, then the new ones. */
export class MergedRows {
  readonly #source: MergeSource;
  readonly #fields: readonly { readonly name: string; readonly position: number }[];
  readonly #matched = new Set<string>();
  readonly metrics: MergeMetrics = {
    numTargetRowsInserted: 0,
    numTargetRowsUpdated: 0,
    numTargetRowsDeleted: 0,
    numTargetRowsCopied: 0,
  };
  #columns: Value[][] = [];
  /** Which of the collected rows are as they were. */
  #kept: boolean[] = [];

  /** @param sourceSchema of the new rows; may lack columns that the table has got since */
  constructor(table: DeltaSchema, sourceSchema: DeltaSchema, source: MergeSource) {
    this.#source = source;
    const positions = new Map(sourceSchema.fields.map(({ name }, i) => [name, i]));
    this.#fields = table.fields.map(({ name }) => ({ name, position: positions.get(name) ?? -1 }));
    this.take();
  }

  /** The rows of a file that is rewritten, with their keys. */
  update(old: Columns, keys: readonly (string | null)[]): void {
    const kept: number[] = [];
    const changed: { readonly at: number; readonly change: SourceRow }[] = [];
    for (let row = 0; row < keys.length; row++) {
      const key = keys[row] ?? null;
      const change = key === null ? undefined : this.#source.byKey.get(key);
      if (key !== null && change) this.#matched.add(key);
      if (change?.deletes) {
        this.metrics.numTargetRowsDeleted++;
        continue;
      }
      if (change) changed.push({ at: this.#kept.length + kept.length, change });
      kept.push(row);
    }
    this.metrics.numTargetRowsUpdated += changed.length;
    this.metrics.numTargetRowsCopied += kept.length - changed.length;
    for (let i = 0; i < this.#fields.length; i++) {
      const field = this.#fields[i];
      const to = this.#columns[i];
      if (!field || !to) continue;
      const from = columnOf(old, field.name);
      for (const row of kept) to.push(from[row]);
      for (const { at, change } of changed) {
        const value = sourceValue(this.#source, change, field.position);
        if (value !== undefined) to[at] = value;
        else if (change.replaces) to[at] = null;
      }
    }
    for (let i = 0; i < kept.length; i++) this.#kept.push(true);
    for (const { at } of changed) this.#kept[at] = false;
  }

  /** The rows whose keys no file had. */
  insertRest(): void {
    for (const [key, row] of this.#source.byKey) if (!row.deletes && !this.#matched.has(key)) this.#insert(row);
    for (const row of this.#source.unmatched) this.#insert(row);
  }

  /** What was collected since the last call. */
  take(): Columns {
    const taken = this.#all();
    this.#columns = this.#fields.map(() => []);
    this.#kept = [];
    return taken;
  }

  /** Of what was collected since, the rows that are as they were; the others stay. */
  takeKept(): Columns {
    const [kept, others]: [number[], number[]] = [[], []];
    for (const [row, isKept] of this.#kept.entries()) (isKept ? kept : others).push(row);
    const all = this.#all();
    this.#columns = this.#columns.map((column) => others.map((row) => column[row]));
    this.#kept = others.map(() => false);
    return pick(all, kept);
  }

  #all(): Columns {
    const values = new Map(this.#fields.map(({ name }, i) => [name, this.#columns[i] ?? []]));
    return { length: this.#kept.length, values };
  }

  #insert(row: SourceRow): void {
    for (const [i, { position }] of this.#fields.entries()) {
      this.#columns[i]?.push(sourceValue(this.#source, row, position) ?? null);
    }
    this.#kept.push(false);
    this.metrics.numTargetRowsInserted++;
  }
}
