import { ExactNumber, parseJson, stringifyJson } from './big-json.ts';
import { printDecimal } from './decimal.ts';
import { decimalOf, type DeltaField, type DeltaSchema, type DeltaType, isStruct } from './schema.ts';
import { printDate, printTimestamp } from './time.ts';
import { compareUtf8, prefixAbove, prefixBelow } from './utf8-order.ts';
import { columnOf, type Columns, type Value } from './value.ts';

/** What an add action says about its file's rows (PROTOCOL.md, Per-file Statistics). Nested like the columns. */
export interface FileStats {
  readonly numRecords?: number;
  readonly minValues?: StatTree;
  readonly maxValues?: StatTree;
  readonly nullCount?: StatTree;
}

export interface StatTree {
  readonly [column: string]: unknown;
}

/** Of text, this many UTF-16 units are kept. */
export const STAT_PREFIX = 32;

/**
 * The statistics of a file as the JSON text that an add action holds.
 *
 * @param indexed how many leaf columns get statistics beyond the number of rows (`delta.dataSkippingNumIndexedCols`; -1: all)
 */
export function statsOf(schema: DeltaSchema, columns: Columns, indexed = 32): string {
  const budget = { leaves: indexed < 0 ? Infinity : indexed };
  const stats: Required<FileStats> = { numRecords: columns.length, minValues: {}, maxValues: {}, nullCount: {} };
  const into = { min: stats.minValues, max: stats.maxValues, nulls: stats.nullCount } as Trees;
  for (const field of schema.fields) addStats(field, columnOf(columns, field.name), into, budget);
  return stringifyJson(stats);
}

/** null where there are none, or none that can be read: such a file is simply not skipped. */
export function parseStats(text: string | null | undefined): FileStats | null {
  if (!text) return null;
  try {
    return parseJson(text) as FileStats;
  } catch {
    return null;
  }
}

interface Trees {
  readonly min: Record<string, unknown>;
  readonly max: Record<string, unknown>;
  readonly nulls: Record<string, unknown>;
}

function addStats(field: DeltaField, values: readonly Value[], into: Trees, budget: { leaves: number }): void {
  const { name, type } = field;
  if (isStruct(type)) {
    const inner: Trees = { min: {}, max: {}, nulls: {} };
    for (const child of type.fields) {
      if (budget.leaves <= 0) break;
      const column = values.map((value) => (value as Readonly<Record<string, Value>> | null)?.[child.name] ?? null);
      addStats(child, column, inner, budget);
    }
    if (Object.keys(inner.min).length > 0) into.min[name] = inner.min;
    if (Object.keys(inner.max).length > 0) into.max[name] = inner.max;
    if (Object.keys(inner.nulls).length > 0) into.nulls[name] = inner.nulls;
    return;
  }
  // Leaves inside arrays and maps take their place in the count too, but have no bounds.
  if (budget.leaves-- <= 0 || typeof type !== 'string') return;
  const { nulls, min, max } = boundsOf(type, values);
  into.nulls[name] = nulls;
  const bounds = printBounds(type, min, max);
  if (bounds.min !== null) into.min[name] = bounds.min;
  if (bounds.max !== null) into.max[name] = bounds.max;
}

interface Bounds {
  readonly nulls: number;
  readonly min: Value;
  readonly max: Value;
}

/** Texts with a unit from U+D800 on are where the order of units and that of UTF-8 bytes differ. */
const ABOVE_SURROGATES = /[\ud800-\uffff]/;

/** The nulls, the least and the greatest value of a leaf column; no bounds where its values have no order. */
export function boundsOf(type: DeltaType, values: readonly Value[]): Bounds {
  let nulls = 0;
  let min: Value = null;
  let max: Value = null;
  let unordered = type === 'boolean' || type === 'binary';
  let careful = false;
  for (const value of values) {
    if (value === null || value === undefined) nulls++;
    // JSON has no NaN, and nothing compares with it: no bound then.
    else if (typeof value === 'number' && Number.isNaN(value)) unordered = true;
    else if (unordered) continue;
    else if (min === null || max === null || min === undefined || max === undefined) {
      min = max = value;
      careful = typeof value === 'string' && ABOVE_SURROGATES.test(value);
    } else if (typeof value === 'string') {
      // By units first, which the engine does by itself; a text that needs more care is compared with care from then on.
      careful ||= ABOVE_SURROGATES.test(value);
      if (careful ? compareUtf8(value, min as string) < 0 : value < min) min = value;
      else if (careful ? compareUtf8(value, max as string) > 0 : value > max) max = value;
    } else if (value < min) min = value;
    else if (value > max) max = value;
  }
  return unordered ? { nulls, min: null, max: null } : { nulls, min, max };
}

function printBounds(type: DeltaType, min: Value, max: Value): { min: unknown; max: unknown } {
  if (typeof min === 'string' && typeof max === 'string') {
    return { min: prefixBelow(min, STAT_PREFIX), max: prefixAbove(max, STAT_PREFIX) };
  }
  return { min: printBound(type, min), max: printBound(type, max) };
}

function printBound(type: DeltaType, value: Value): unknown {
  const decimal = decimalOf(type);
  if (typeof value === 'number') {
    if (type === 'date') return printDate(value);
    return Number.isFinite(value) ? value : null;
  }
  if (typeof value !== 'bigint') return null;
  if (decimal) return new ExactNumber(printDecimal(value, decimal.scale));
  // Both bounds are cut down to ms, as other writers do: whoever skips files by max must add 1 ms.
  if (type === 'timestamp') return printTimestamp(value, 'zoned', 3);
  if (type === 'timestamp_ntz') return printTimestamp(value, 'local', 3);
  return value;
}
