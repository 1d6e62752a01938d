import type { MergeInput } from '../merge-plan.ts';
import { type MergeSource, type SourceRow, sourceValue } from '../merge-source.ts';
import { type DeltaField, type DeltaSchema, type DeltaType, field, struct } from '../schema.ts';
import type { Columns, Value } from '../value.ts';
import type { Engine } from './engine.ts';
import { sqlName, sqlType } from './sql.ts';

/** What a row of the source does: updates, replaces (nothing of an old row is kept), deletes, or matches nothing. */
export const OPERATIONS = { update: 0, replace: 1, delete: 2, insert: 3 } as const;

/** The source of a merge inside the engine: table `source`, with the columns of the rows and those named here. */
export interface SourceTable {
  readonly fields: readonly DeltaField[];
  /** Columns that some rows do not set: `set_<i>` says which do. */
  readonly sparse: ReadonlySet<number>;
}

/** Whether a row that is updated is the source's row, with nothing left of the old one. */
export function replacesRows({ fields, sparse }: SourceTable, schema: DeltaSchema): boolean {
  return sparse.size === 0 && schema.fields.every(({ name }) => fields.some((field) => field.name === name));
}

/** The row's column inside `source`: table columns may be called anything. */
export function sourceColumn(position: number): string {
  return `c_${position}`;
}

export async function insertSource(engine: Engine, input: MergeInput, source: MergeSource): Promise<SourceTable> {
  const { fields } = input.schema;
  const rows: SourceRow[] = Array.from(source.byKey.values());
  const matched = rows.length;
  for (const row of source.unmatched) rows.push(row);
  const keys = new Set(fields.flatMap(({ name }, i) => (input.keyColumns.includes(name) ? [i] : [])));
  const values = new Map<string, readonly Value[]>();
  const columns: DeltaField[] = [];
  const sparse = new Set<number>();
  for (const [i, { name, type }] of fields.entries()) {
    const batch = input.rows.values.get(name) ?? [];
    const column = rows.map((row) => (keys.has(i) ? batch[row.at] : sourceValue(source, row, i)));
    columns.push(field(sourceColumn(i), type));
    values.set(sourceColumn(i), column);
    if (!column.some((value, row) => value === undefined && !rows[row]?.deletes)) continue;
    sparse.add(i);
    columns.push(field(`set_${i}`, 'boolean'));
    values.set(
      `set_${i}`,
      column.map((value) => value !== undefined),
    );
  }
  columns.push(field('id', 'integer'), field('op', 'integer'));
  values.set(
    'id',
    rows.map((_, row) => row),
  );
  values.set(
    'op',
    rows.map((row, i) => (i >= matched ? OPERATIONS.insert : operationOf(row))),
  );
  await engine.insert('source', struct(...columns), { length: rows.length, values } satisfies Columns);
  return { fields, sparse };
}

function operationOf({ deletes, replaces }: SourceRow): number {
  if (deletes) return OPERATIONS.delete;
  return replaces ? OPERATIONS.replace : OPERATIONS.update;
}

/** The join of old rows (`t`) with the source (`s`). */
export function matches({ fields }: SourceTable, keyColumns: readonly string[]): string {
  const equal = fields.flatMap(({ name }, i) =>
    keyColumns.includes(name) ? [`t.${sqlName(name)} = s.${sourceColumn(i)}`] : [],
  );
  return `${equal.join(' AND ')} AND s.op <> ${OPERATIONS.insert}`;
}

/** What the row is after the merge: `t` as it was, with what `s` says, where there is one. */
export function mergedColumn({ name, type }: DeltaField, { fields, sparse }: SourceTable): string {
  const at = fields.findIndex((candidate) => candidate.name === name);
  const old = `t.${sqlName(name)}`;
  if (at < 0) return `CASE WHEN s.op = ${OPERATIONS.replace} THEN NULL ELSE ${old} END`;
  const keep = sparse.has(at) ? `s.id IS NULL OR (NOT s.set_${at} AND s.op = ${OPERATIONS.update})` : 's.id IS NULL';
  return `CASE WHEN ${keep} THEN ${old} ELSE ${ofSource(at, type)} END`;
}

/** What a row of the source is in the table when it is new there. */
export function insertedColumn({ name, type }: DeltaField, { fields }: SourceTable): string {
  const at = fields.findIndex((candidate) => candidate.name === name);
  return at < 0 ? 'NULL' : ofSource(at, type);
}

/** In the table's type: a struct of the source may lack members that the table has got since. */
function ofSource(position: number, type: DeltaType): string {
  const column = `s.${sourceColumn(position)}`;
  return typeof type === 'string' ? column : `CAST(${column} AS ${sqlType(type)})`;
}

/** The schema's columns by an expression for each, under their own names. */
export function columnList(schema: DeltaSchema, expression: (column: DeltaField) => string): string {
  return schema.fields.map((column) => `${expression(column)} AS ${sqlName(column.name)}`).join(', ');
}
