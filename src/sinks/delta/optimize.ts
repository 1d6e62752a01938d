import { setTimeout } from 'node:timers/promises';
import { StreamsError } from '../../core/errors.ts';
import type { Action, AddFile } from './actions.ts';
import { deleteFiles, openFile, readFile, removeOf, type TableShape, writeFiles } from './data-file.ts';
import { Engine, type EngineOptions } from './duckdb/engine.ts';
import { needsDuckDb } from './duckdb/load-duckdb.ts';
import { compactByEngine } from './duckdb/compact.ts';
import { jitterMs } from './jitter.ts';
import type { KeyCache } from './key-cache.ts';
import type { TableLocation } from './log.ts';
import { filesByPartition } from './partition.ts';
import { checkWritable } from './protocol.ts';
import type { Serial } from './serial.ts';
import { commitInfoOf, type TableLog } from './table-log.ts';
import { commit } from './transaction.ts';

export interface OptimizeOptions {
  /** Files below three quarters of this are put together, up to about this size (default 128 MiB). */
  readonly targetBytes?: number;
  /**
   * Sorts the rows of each partition so that those whose values in all of these columns are near come to lie together:
   * who looks for some of them then skips most files. Rewrites all files, and needs DuckDB.
   */
  readonly zOrderBy?: readonly string[];
  /** Partitions with fewer small files are left alone (default 2). */
  readonly minFiles?: number;
  /** Leaves files alone that are much larger than all smaller ones together: not every run then rewrites them. */
  readonly tiered?: boolean;
}

export interface OptimizeResult {
  /** The table's version afterwards. */
  readonly version: number;
  readonly filesAdded: number;
  readonly filesRemoved: number;
}

/** Files of one partition that become one or, under Z-order, a few. */
export interface Compaction {
  readonly files: readonly AddFile[];
  readonly zOrderBy: readonly string[];
  readonly targetBytes: number;
}

const TARGET_BYTES = 128 * 1024 * 1024;
/** What is put together at once without DuckDB: all of it is in memory. */
const PLAIN_BYTES = 16 * 1024 * 1024;
/** See {@link OptimizeOptions.tiered}. */
const TIER = 2;
const SMALLEST_TIER_BYTES = 128 * 1024;
const TIER_FACTOR = 8;
/** Files that are put together in a tier, at the least, and how many of them are of that size. */
const TIER_FILES = 5;
const TIER_ALIKE = 3;
const ATTEMPTS = 5;
const BACK_OFF_MS = { first: 100, most: 5_000 };

/**
 * Puts small files together. The rows stay the same (`dataChange` false), so neither appends nor other applications'
 * reading of changes are disturbed. Files are made outside of `writes`, the table's queue: only looking at the table and
 * committing happen there, so a flow that writes meanwhile does not wait.
 *
 * Each partition is a commit of its own; one that a merge overtakes is planned anew.
 *
 * @throws MISSING_PACKAGE where Z-order is asked for and DuckDB is not installed
 */
export async function optimize(
  log: TableLog,
  writes: Serial,
  options: OptimizeOptions,
  engine: EngineOptions | false,
  keys: KeyCache,
): Promise<OptimizeResult> {
  const database = engine === false ? null : await Engine.open(engine);
  const { zOrderBy = [], targetBytes = TARGET_BYTES, minFiles = 2, tiered = false } = options;
  if (!database && zOrderBy.length > 0) needsDuckDb('Z-order');
  const limit = database ? targetBytes : Math.min(targetBytes, PLAIN_BYTES);
  const total = { filesAdded: 0, filesRemoved: 0 };
  try {
    const state = await writes.run(() => stateOf(log, zOrderBy));
    const plans = filesByPartition(state.files).flatMap(({ files }) => {
      return zOrderBy.length > 0 ? [files] : smallBins(files, limit, Math.max(2, minFiles), tiered);
    });
    for (const files of plans) {
      const plan: Compaction = { files, zOrderBy, targetBytes: limit };
      const done = await compactOne(log, writes, plan, database, keys);
      total.filesAdded += done.added;
      total.filesRemoved += done.removed;
    }
  } finally {
    await database?.close();
  }
  return { version: log.snapshot.version, ...total };
}

interface State {
  readonly shape: TableShape;
  readonly files: readonly AddFile[];
}

async function stateOf(log: TableLog, zOrderBy: readonly string[] = []): Promise<State> {
  const { protocol, metadata, schema, files } = await log.refresh();
  checkWritable(protocol, metadata);
  const { partitionColumns, configuration } = metadata;
  for (const name of zOrderBy) {
    const type = schema.fields.find((field) => field.name === name)?.type;
    if (typeof type === 'string' && !partitionColumns.includes(name)) continue;
    throw new StreamsError('TABLE_INVALID', `cannot order by ${name}: it is no column of a simple type in the files`);
  }
  return { shape: { schema, partitionColumns, configuration }, files: Array.from(files.values()) };
}

/** Small files in runs of about the target's size. */
function smallBins(files: readonly AddFile[], targetBytes: number, minFiles: number, tiered: boolean): AddFile[][] {
  const small = files.filter(({ size, deletionVector }) => size < targetBytes * 0.75 && !deletionVector);
  if (small.length < minFiles) return [];
  const sorted = small.sort((a, b) => a.size - b.size);
  return (tiered ? tiersOf(sorted).map(withoutGiants) : [sorted]).flatMap((run) =>
    binsUpTo(run, targetBytes, minFiles),
  );
}

function binsUpTo(files: readonly AddFile[], targetBytes: number, minFiles: number): AddFile[][] {
  const bins: AddFile[][] = [[]];
  let size = 0;
  for (const file of files) {
    if (size + file.size > targetBytes) {
      bins.push([]);
      size = 0;
    }
    bins.at(-1)?.push(file);
    size += file.size;
  }
  return bins.filter((bin) => bin.length >= (bins.length === 1 ? Math.min(minFiles, TIER_FILES) : 2));
}

/**
 * Files of like size, where there are some; those of a size that has too few go along with the next larger ones. So a row is
 * written again as often as there are sizes, and what was written lately, which merges are likely to touch, is not put
 * together with all that is old.
 */
function tiersOf(ascending: readonly AddFile[]): AddFile[][] {
  const tiers: AddFile[][] = [];
  let open: AddFile[] = [];
  let limit = SMALLEST_TIER_BYTES;
  let alike = 0;
  const close = (): void => {
    if (alike >= TIER_ALIKE && open.length >= TIER_FILES) {
      tiers.push(open);
      open = [];
    }
    alike = 0;
  };
  for (const file of ascending) {
    while (file.size > limit) {
      close();
      limit *= TIER_FACTOR;
    }
    open.push(file);
    alike++;
  }
  close();
  return tiers;
}

/**
 * Leaves out, from the largest on, each file that is much larger than all smaller ones together. (Not from the smallest
 * on: one tiny file would keep all the others from being put together.)
 */
function withoutGiants(ascending: readonly AddFile[]): readonly AddFile[] {
  let smaller = ascending.reduce((sum, { size }) => sum + size, 0);
  for (let end = ascending.length; end > 0; end--) {
    const size = ascending[end - 1]?.size ?? 0;
    smaller -= size;
    if (size <= TIER * smaller) return ascending.slice(0, end);
  }
  return [];
}

async function compactOne(
  log: TableLog,
  writes: Serial,
  plan: Compaction,
  engine: Engine | null,
  keys: KeyCache,
): Promise<{ added: number; removed: number }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await setTimeout(jitterMs(attempt, BACK_OFF_MS));
    const { shape, files: live } = await writes.run(() => stateOf(log));
    const there = new Set(live.map(({ path }) => path));
    const files = plan.files.filter(({ path }) => there.has(path));
    if (files.length < 2 && plan.zOrderBy.length === 0) break;
    if (files.length === 0) break;
    const adds = engine
      ? await compactByEngine(engine, log.location, shape, { ...plan, files })
      : await compactPlainly(log.location, shape, files);
    // When it rejects, the commit may be there all the same: the files stay, and if it is not, vacuum takes them.
    const committed = await writes.run(() => commitCompaction(log, shape, files, adds, plan));
    if (committed) {
      const paths = files.map(({ path }) => path);
      const all = keys.union(paths);
      const [only] = adds;
      for (const path of paths) keys.delete(path);
      if (all && only && adds.length === 1) keys.set(only.path, all);
      return { added: adds.length, removed: files.length };
    }
    await deleteFiles(log.location, adds);
  }
  return { added: 0, removed: 0 };
}

/** Whether it could be committed: false when a file went or the table's shape changed meanwhile. */
async function commitCompaction(
  log: TableLog,
  shape: TableShape,
  files: readonly AddFile[],
  adds: readonly AddFile[],
  { zOrderBy, targetBytes }: Compaction,
): Promise<boolean> {
  const { snapshot } = log;
  if (snapshot.schema !== shape.schema || files.some(({ path }) => !snapshot.files.has(path))) return false;
  const now = Date.now();
  const removes = new Set(files.map(({ path }) => path));
  const commitInfo = commitInfoOf('OPTIMIZE', {
    operationParameters: { zOrderBy: JSON.stringify(zOrderBy), targetSize: String(targetBytes) },
    operationMetrics: { numAddedFiles: adds.length, numRemovedFiles: files.length },
    isBlindAppend: false,
  });
  const actions: Action[] = [
    { commitInfo },
    ...files.map((file) => ({ remove: { ...removeOf(file, now), dataChange: false } })),
    ...adds.map((add) => ({ add })),
  ];
  const reads = { files: removes, removes, mayConcern: () => false };
  const outcome = await commit(log, { actions, intent: { txns: [], reads } });
  return outcome.kind === 'committed';
}

async function compactPlainly(table: TableLocation, shape: TableShape, files: readonly AddFile[]): Promise<AddFile[]> {
  const values = new Map(shape.schema.fields.map(({ name }) => [name, [] as unknown[]]));
  let length = 0;
  for (const file of files) {
    const columns = await readFile(await openFile(table, file), file, shape.schema, shape.partitionColumns);
    for (const [name, column] of columns.values) {
      const whole = values.get(name);
      for (const value of column) whole?.push(value);
    }
    length += columns.length;
  }
  const written = await writeFiles(table, shape, { length, values } as Parameters<typeof writeFiles>[2]);
  return written.map(({ add }) => ({ ...add, dataChange: false }));
}
