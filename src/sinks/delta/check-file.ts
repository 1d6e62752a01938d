import { messageOf } from '../../core/errors.ts';
import type { AddFile } from './actions.ts';
import { ExactNumber } from './big-json.ts';
import { dataPath, openFile, readFile } from './data-file.ts';
import { roundedUp, statValue } from './key-range.ts';
import type { TableLocation } from './log.ts';
import { dataSchema } from './partition.ts';
import { type DeltaSchema, isStruct } from './schema.ts';
import type { Snapshot } from './snapshot.ts';
import { boundsOf, type FileStats, parseStats, type StatTree } from './stats.ts';
import { compareUtf8 } from './utf8-order.ts';
import { columnOf, type Columns, type Value } from './value.ts';

/** A live file against its add action. Answers the number of rows that it has. */
export async function checkFile(
  table: TableLocation,
  { schema, metadata }: Snapshot,
  add: AddFile,
  statistics: boolean,
  faults: string[],
): Promise<number> {
  const { partitionColumns } = metadata;
  const fault = (what: string): unknown => faults.push(`${add.path}: ${what}`);
  for (const name of partitionColumns)
    if (!Object.hasOwn(add.partitionValues ?? {}, name)) fault(`no partition value of ${name}`);
  const stats = parseStats(add.stats);
  if (add.stats && !stats) fault('its statistics are no JSON');
  try {
    const found = await table.lake.stat(dataPath(table, add));
    if (!found) {
      fault('the log names it, but it is not there');
      return stats?.numRecords ?? 0;
    }
    if (found.size !== add.size) fault(`has ${found.size} bytes, and ${add.size} in the log`);
    if (!statistics) return stats?.numRecords ?? 0;
    const file = await openFile(table, add);
    const inFile = dataSchema(schema, partitionColumns);
    const columns = await readFile(file, add, schema, partitionColumns);
    if (stats) compareStats(stats, inFile, columns, fault);
    return file.rows;
  } catch (error) {
    fault(messageOf(error));
    return 0;
  }
}

function compareStats(stats: FileStats, schema: DeltaSchema, columns: Columns, fault: (what: string) => unknown): void {
  if (stats.numRecords !== undefined && stats.numRecords !== columns.length) {
    fault(`has ${columns.length} rows, and ${stats.numRecords} in the statistics`);
  }
  const values = (name: string): readonly Value[] => columnOf(columns, name);
  compareColumns('', schema, stats, values, fault);
}

function compareColumns(
  path: string,
  schema: DeltaSchema,
  stats: FileStats,
  values: (name: string) => readonly Value[],
  fault: (what: string) => unknown,
): void {
  for (const { name, type } of schema.fields) {
    const where = path === '' ? name : `${path}.${name}`;
    if (isStruct(type)) {
      const structs = values(name);
      const members = (member: string): readonly Value[] =>
        structs.map((value) => (value as Readonly<Record<string, Value>> | null)?.[member] ?? null);
      compareColumns(where, type, innerOf(stats, name), members, fault);
      continue;
    }
    if (typeof type !== 'string') continue;
    const real = boundsOf(type, values(name));
    const nulls = own(stats.nullCount, name);
    if (nulls !== undefined && nulls !== real.nulls) {
      fault(`column ${where} has ${real.nulls} nulls, which is not what the statistics say`);
    }
    const min = statValue(type, stats.minValues, name);
    const max = roundedUp(type, statValue(type, stats.maxValues, name));
    if (above(min, real.min)) fault(`column ${where} has values below its minimum in the statistics`);
    if (above(real.max, max)) fault(`column ${where} has values above its maximum in the statistics`);
  }
}

function innerOf(stats: FileStats, name: string): FileStats {
  const inner: Record<string, StatTree> = {};
  for (const kind of ['minValues', 'maxValues', 'nullCount'] as const) {
    const tree = own(stats[kind], name);
    if (tree !== null && typeof tree === 'object' && !(tree instanceof ExactNumber)) inner[kind] = tree as StatTree;
  }
  return inner;
}

function own(tree: StatTree | undefined, name: string): unknown {
  return tree && Object.hasOwn(tree, name) ? tree[name] : undefined;
}

function above(a: Value, b: Value): boolean {
  if (a === null || a === undefined || b === null || b === undefined) return false;
  return typeof a === 'string' && typeof b === 'string' ? compareUtf8(a, b) > 0 : (a as number) > (b as number);
}
