import type { AddFile } from './actions.ts';
import { ExactNumber } from './big-json.ts';
import { parseDecimal } from './decimal.ts';
import { parsePartitionValue, printPartitionValue } from './partition.ts';
import { decimalOf, type DeltaField, type DeltaType } from './schema.ts';
import { type FileStats, parseStats, type StatTree } from './stats.ts';
import { parseDate, parseTimestamp } from './time.ts';
import { compareUtf8 } from './utf8-order.ts';
import { isSimple, textOf, type Value } from './value.ts';

/** Tells from a file's partition and statistics whether it may hold one of some keys. Never wrongly says no. */
export class KeyRange {
  readonly #columns: readonly { readonly field: DeltaField; readonly sorted: readonly Value[] }[];
  readonly #partitions: readonly { readonly field: DeltaField; readonly values: ReadonlySet<string | null> }[];

  /** @param keys for each key column the values that are looked for */
  constructor(keys: readonly { field: DeltaField; values: readonly Value[] }[], partitionColumns: readonly string[]) {
    const isPartition = ({ field }: { field: DeltaField }): boolean => partitionColumns.includes(field.name);
    this.#partitions = keys.filter(isPartition).map(({ field, values }) => {
      return { field, values: new Set(values.map((value) => printPartitionValue(field.type, value))) };
    });
    this.#columns = keys
      .filter((key) => !isPartition(key) && typeof key.field.type === 'string' && key.field.type !== 'binary')
      .map(({ field, values }) => ({ field, sorted: Array.from(new Set(values)).sort(compare) }));
  }

  mayHold(file: AddFile, stats: FileStats | null = parseStats(file.stats)): boolean {
    for (const { field, values } of this.#partitions) {
      // Read and printed again: another writer may write the same value in another way (timestamps, decimals).
      const value = parsePartitionValue(field.type, file.partitionValues[field.name]);
      if (!values.has(printPartitionValue(field.type, value))) return false;
    }
    return this.#columns.every(({ field, sorted }) => {
      const min = statValue(field.type, stats?.minValues, field.name);
      const max = statValue(field.type, stats?.maxValues, field.name);
      return min === null || max === null || anyWithin(sorted, min, roundedUp(field.type, max));
    });
  }
}

/** Whether one of the sorted values lies in [min, max]. */
function anyWithin(sorted: readonly Value[], min: Value, max: Value): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(sorted[middle], min) < 0) low = middle + 1;
    else high = middle;
  }
  return low < sorted.length && compare(sorted[low], max) <= 0;
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return compareUtf8(a, b);
  const [left, right] = [a as number, b as number];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The greatest value that a maximum may stand for: bounds of timestamps are cut down to ms. */
export function roundedUp(type: DeltaType, max: Value): Value {
  return typeof max === 'bigint' && (type === 'timestamp' || type === 'timestamp_ntz') ? max + 1000n : max;
}

/** A bound of the statistics as a value of the column’s type; null where there is none. */
export function statValue(type: DeltaType, tree: StatTree | undefined, name: string): Value {
  const raw = tree && Object.hasOwn(tree, name) ? tree[name] : null;
  if (raw === null || raw === undefined) return null;
  const decimal = decimalOf(type);
  if (decimal) {
    const text = raw instanceof ExactNumber ? raw.text : isSimple(raw) ? textOf(raw) : '';
    return parseDecimal(text, decimal.scale);
  }
  if (typeof raw === 'string') {
    if (type === 'string') return raw;
    if (type === 'date') return parseDate(raw.slice(0, 10));
    return type === 'timestamp' || type === 'timestamp_ntz' ? parseTimestamp(raw, 'either') : null;
  }
  if (typeof raw === 'number') return type === 'long' ? (Number.isInteger(raw) ? BigInt(raw) : null) : raw;
  return typeof raw === 'bigint' ? raw : null;
}
