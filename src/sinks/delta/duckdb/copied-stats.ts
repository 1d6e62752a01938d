import { ExactNumber, stringifyJson } from '../big-json.ts';
import { parseDecimal } from '../decimal.ts';
import { decimalOf, type DeltaField, type DeltaSchema, type DeltaType, isStruct } from '../schema.ts';
import { printTimestamp, parseDate, parseTimestamp } from '../time.ts';
import { prefixAbove, prefixBelow } from '../utf8-order.ts';
import { STAT_PREFIX } from '../stats.ts';
import { sqlName } from './sql.ts';

/** What DuckDB says of a leaf column that it wrote: `min`, `max`, `null_count`, `has_nan`, as texts. */
export type LeafStats = Readonly<Record<string, string>>;

interface Trees {
  readonly minValues: Record<string, unknown>;
  readonly maxValues: Record<string, unknown>;
  readonly nullCount: Record<string, unknown>;
}

/** An add action's statistics from those of COPY's RETURN_STATS: the same as stats.ts makes of the values. */
export function copiedStats(
  schema: DeltaSchema,
  rows: number,
  leaves: ReadonlyMap<string, LeafStats>,
  indexed: number,
): string {
  const budget = { leaves: indexed < 0 ? Infinity : indexed };
  const trees: Trees = { minValues: {}, maxValues: {}, nullCount: {} };
  for (const field of schema.fields) addStats(field, '', leaves, trees, budget);
  return stringifyJson({ numRecords: rows, ...trees });
}

function addStats(
  { name, type }: DeltaField,
  parent: string,
  leaves: ReadonlyMap<string, LeafStats>,
  into: Trees,
  budget: { leaves: number },
): void {
  const path = parent === '' ? sqlName(name) : `${parent}.${sqlName(name)}`;
  if (isStruct(type)) {
    const inner: Trees = { minValues: {}, maxValues: {}, nullCount: {} };
    for (const child of type.fields) {
      if (budget.leaves <= 0) break;
      addStats(child, path, leaves, inner, budget);
    }
    for (const kind of ['minValues', 'maxValues', 'nullCount'] as const) {
      if (Object.keys(inner[kind]).length > 0) into[kind][name] = inner[kind];
    }
    return;
  }
  if (budget.leaves-- <= 0 || typeof type !== 'string') return;
  const leaf = leaves.get(path);
  if (!leaf) return;
  if (leaf['null_count'] !== undefined) into.nullCount[name] = Number(leaf['null_count']);
  if (leaf['has_nan'] === 'true' || leaf['min'] === undefined || leaf['max'] === undefined) return;
  const min = bound(type, leaf['min'], 'min');
  const max = bound(type, leaf['max'], 'max');
  if (min !== null) into.minValues[name] = min;
  if (max !== null) into.maxValues[name] = max;
}

function bound(type: DeltaType & string, text: string, side: 'min' | 'max'): unknown {
  if (decimalOf(type)) return parseDecimal(text, decimalOf(type)?.scale ?? 0) === null ? null : new ExactNumber(text);
  if (type === 'string') return side === 'min' ? prefixBelow(text, STAT_PREFIX) : prefixAbove(text, STAT_PREFIX);
  if (type === 'long') return BigInt(text);
  if (type === 'date') return parseDate(text) === null ? null : text;
  if (type === 'boolean' || type === 'binary') return null;
  if (type === 'timestamp' || type === 'timestamp_ntz') {
    const micros = parseTimestamp(text.replace(/[+]00$/, ''), 'either');
    return micros === null ? null : printTimestamp(micros, type === 'timestamp' ? 'zoned' : 'local', 3);
  }
  const value = type === 'float' ? Math.fround(Number(text)) : Number(text);
  return Number.isFinite(value) ? value : null;
}
