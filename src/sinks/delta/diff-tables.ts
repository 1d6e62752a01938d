import { createHash } from 'node:crypto';
import { StreamsError } from '../../core/errors.ts';
import type { LakeStore } from '../lake/lake-store.ts';
import { openLake } from '../lake/open-lake.ts';
import { openFile, readBatches } from './data-file.ts';
import { DiffBuckets, type Side } from './diff-buckets.ts';
import { loadSnapshot } from './load-snapshot.ts';
import { nameOf, type TableLocation } from './log.ts';
import { checkReadable } from './protocol.ts';
import { rowText } from './row-text.ts';
import type { DeltaField, DeltaSchema } from './schema.ts';
import type { Snapshot } from './snapshot.ts';
import { columnOf } from './value.ts';

/** One of the tables to compare. */
export interface DiffSide {
  readonly path: string;
  /** The store that the path is in (default: the local file system). */
  readonly lake?: LakeStore;
  /** Default: the newest. */
  readonly version?: number;
}

export interface DiffOptions {
  /** Columns that say which rows belong together (default: all columns, so that a row is there or is not). */
  readonly keys?: readonly string[];
  /** Columns to leave out, such as those that say when a row was written (default none). */
  readonly ignore?: readonly string[];
  /** How many keys of each kind of difference to name (default 10). */
  readonly samples?: number;
  /** For a copy of keys and digests while this runs (default: the system's). */
  readonly tempFolder?: string;
}

export interface DiffResult {
  readonly same: boolean;
  readonly a: { readonly version: number; readonly rows: number };
  readonly b: { readonly version: number; readonly rows: number };
  /** Columns that only one of them has: they are left out of the comparison, and make the tables different. */
  readonly columnsOnlyInA: readonly string[];
  readonly columnsOnlyInB: readonly string[];
  readonly equal: number;
  /** Rows of the same key with other values. */
  readonly different: number;
  readonly onlyInA: number;
  readonly onlyInB: number;
  /** Some of the keys, by kind of difference, as texts. */
  readonly samples: { readonly different: string[]; readonly onlyInA: string[]; readonly onlyInB: string[] };
}

/** Rows that are compared at a time: about 300 bytes of memory for each. */
const BUCKET_ROWS = 200_000;

interface Opened {
  readonly location: TableLocation;
  readonly snapshot: Snapshot;
}

/**
 * Compares the rows of two tables by key, whatever files they are in. Each table is read once, a file at a time; digests
 * go to buckets on the local disk, so memory does not grow with the tables. A key that comes several times is compared
 * as often; nulls in keys are equal to each other.
 *
 * @throws TABLE_INVALID where there is no table that can be read, a key is no column of both, or an ignored column of none
 */
export async function diffTables(a: DiffSide, b: DiffSide, options: DiffOptions = {}): Promise<DiffResult> {
  const tables = { a: await open(a), b: await open(b) };
  const { ignore = [] } = options;
  const { fields: allA } = tables.a.snapshot.schema;
  const { fields: allB } = tables.b.snapshot.schema;
  const nowhere = ignore.find((name) => ![...allA, ...allB].some((field) => field.name === name));
  if (nowhere !== undefined) throw new StreamsError('TABLE_INVALID', `${nowhere} is a column of neither table`);
  const inA = allA.filter(({ name }) => !ignore.includes(name));
  const inB = allB.filter(({ name }) => !ignore.includes(name));
  const names = new Set(inB.map(({ name }) => name));
  const shared = inA.filter(({ name }) => names.has(name)).map(({ name }) => name);
  const keys = options.keys?.length ? options.keys : shared;
  const unknown = keys.find((key) => !shared.includes(key));
  if (unknown !== undefined) throw new StreamsError('TABLE_INVALID', `${unknown} is no column of both tables`);

  const files = tables.a.snapshot.files.size + tables.b.snapshot.files.size;
  const known = rowsOf(tables.a.snapshot) + rowsOf(tables.b.snapshot);
  const count = Math.max(1, Math.ceil(Math.max(known, files) / BUCKET_ROWS));
  const buckets = await DiffBuckets.make(count, options.tempFolder);
  try {
    const rows = { a: 0, b: 0 };
    for (const side of ['a', 'b'] as const) rows[side] = await digest(tables[side], side, { shared, keys }, buckets);
    const counts = await compare(buckets, options.samples ?? 10);
    const columnsOnlyInA = inA.map(({ name }) => name).filter((name) => !names.has(name));
    const columnsOnlyInB = inB.map(({ name }) => name).filter((name) => !shared.includes(name));
    const differences = counts.different + counts.onlyInA + counts.onlyInB;
    return {
      same: differences + columnsOnlyInA.length + columnsOnlyInB.length === 0,
      a: { version: tables.a.snapshot.version, rows: rows.a },
      b: { version: tables.b.snapshot.version, rows: rows.b },
      columnsOnlyInA,
      columnsOnlyInB,
      ...counts,
    };
  } finally {
    await buckets.close();
  }
}

async function open({ path, lake, version }: DiffSide): Promise<Opened> {
  const location = lake ? { lake, path } : { lake: openLake(path), path: '' };
  const loaded = await loadSnapshot(location, version);
  if (!loaded) throw new StreamsError('TABLE_INVALID', `there is no Delta table at ${nameOf(location)}`);
  const { snapshot } = loaded;
  checkReadable(snapshot.protocol, snapshot.metadata);
  return { location, snapshot };
}

/** By the bytes where the log does not say it: a row takes some 10 of them at least. */
function rowsOf({ files }: Snapshot): number {
  let rows = 0;
  for (const { stats, size } of files.values()) {
    const said = /"numRecords":(\d+)/.exec(stats ?? '')?.[1];
    rows += said === undefined ? size / 10 : Number(said);
  }
  return rows;
}

async function digest(
  { location, snapshot }: Opened,
  side: Side,
  { shared, keys }: { readonly shared: readonly string[]; readonly keys: readonly string[] },
  buckets: DiffBuckets,
): Promise<number> {
  const byName = new Map(snapshot.schema.fields.map((field) => [field.name, field]));
  const fieldsOf = (names: readonly string[]): DeltaField[] =>
    names.map((name) => byName.get(name)).filter((field) => field !== undefined);
  const schema: DeltaSchema = { type: 'struct', fields: fieldsOf(shared) };
  const keyFields = fieldsOf(keys);
  const others = schema.fields.filter(({ name }) => !keys.includes(name));
  let rows = 0;
  for (const file of snapshot.files.values()) {
    const opened = await openFile(location, file);
    for await (const batch of readBatches(opened, file, schema, snapshot.metadata.partitionColumns)) {
      const columnsOf = (fields: readonly DeltaField[]) =>
        fields.map(({ name, type }) => ({ type, values: columnOf(batch, name) }));
      const [keyColumns, otherColumns] = [columnsOf(keyFields), columnsOf(others)];
      for (let row = 0; row < batch.length; row++) {
        const key = keyColumns.map(({ type, values }) => rowText(type, values[row])).join(',');
        const rest = otherColumns.map(({ type, values }) => rowText(type, values[row])).join(',');
        const text = createHash('sha256').update(rest).digest('base64url').slice(0, 22);
        const written = buckets.add(side, key, text);
        if (written) await written;
      }
      rows += batch.length;
    }
  }
  return rows;
}

type Counts = Pick<DiffResult, 'equal' | 'different' | 'onlyInA' | 'onlyInB' | 'samples'>;

async function compare(buckets: DiffBuckets, most: number): Promise<Counts> {
  const samples: DiffResult['samples'] = { different: [], onlyInA: [], onlyInB: [] };
  const counts = { equal: 0, different: 0, onlyInA: 0, onlyInB: 0 };
  const found = (kind: keyof DiffResult['samples'], rows: number, key: string): void => {
    counts[kind] += rows;
    if (rows > 0 && samples[kind].length < most) samples[kind].push(key);
  };
  for (let bucket = 0; bucket < buckets.count; bucket++) {
    /** Of each key the digests that only `a` has so far, and those of `b` that had no partner. */
    const open = new Map<string, { readonly a: string[]; readonly b: string[] }>();
    for await (const { side, key, digest: text } of buckets.read(bucket)) {
      const entry = open.get(key) ?? { a: [], b: [] };
      open.set(key, entry);
      const at = side === 'b' ? entry.a.indexOf(text) : -1;
      if (at < 0) {
        entry[side].push(text);
        continue;
      }
      entry.a.splice(at, 1);
      counts.equal++;
      if (entry.a.length + entry.b.length === 0) open.delete(key);
    }
    for (const [key, { a, b }] of open) {
      const both = Math.min(a.length, b.length);
      found('different', both, key);
      found('onlyInA', a.length - both, key);
      found('onlyInB', b.length - both, key);
    }
  }
  return { ...counts, samples };
}
