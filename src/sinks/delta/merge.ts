import { setTimeout } from 'node:timers/promises';
import { StreamsError } from '../../core/errors.ts';
import type { Action, AddFile } from './actions.ts';
import type { WriteOptions, WriteResult } from './append.ts';
import { deleteFiles, openFile, readFile, removeOf, type TableShape, writeFiles } from './data-file.ts';
import { Engine } from './duckdb/engine.ts';
import { needsDuckDb } from './duckdb/load-duckdb.ts';
import { planEngineMerge } from './duckdb/plan-merge.ts';
import { checkFits } from './evolution.ts';
import { jitterMs } from './jitter.ts';
import { KeyRange } from './key-range.ts';
import { keysOf } from './key.ts';
import { nameOf } from './log.ts';
import { checkMarks, txnsOf } from './marks.ts';
import { binsOf, type MergeInput, type MergePlan } from './merge-plan.ts';
import { type MergeSource, mergeSource } from './merge-source.ts';
import { MergedRows } from './merged-rows.ts';
import { checkNotAppendOnly, checkWritable } from './protocol.ts';
import type { DeltaSchema } from './schema.ts';
import { commitInfoOf, type TableLog } from './table-log.ts';
import { commit } from './transaction.ts';

/** Files that are rewritten together into one: bounds what a merge without DuckDB holds in memory. */
const BIN_BYTES = 64 * 1024 * 1024;
/** Below this size of files to look at, starting DuckDB takes longer than the merge. */
const ENGINE_BYTES = 4 * 1024 * 1024;
/** The same for rows to merge. */
const ENGINE_ROWS = 20_000;
/** Above this size of files to look at, a merge without DuckDB would take too much memory and time. */
const PLAIN_BYTES = 256 * 1024 * 1024;
/** Plans that may be overtaken by other writers before a merge gives up. */
const PLANS = 50;
const BACK_OFF_MS = { first: 20, most: 5_000 };

/**
 * Updates the rows that have the keys, inserts the others, deletes those of deletions; one commit. Made anew on the new
 * state when another writer committed what it depends on.
 */
export async function commitMerge(log: TableLog, input: MergeInput, options: WriteOptions): Promise<WriteResult> {
  const source = mergeSource(input.rows, input.schema, input.keyColumns);
  for (let plans = 0; plans < PLANS; plans++) {
    // Writers that overtook each other once should not meet again.
    if (plans > 0) await setTimeout(jitterMs(plans - 1, BACK_OFF_MS));
    await log.ensureFresh();
    const { snapshot } = log;
    const check = checkMarks(snapshot, options.marks, options.expected);
    if (check !== 'ahead') return { kind: check, version: snapshot.version };
    checkWritable(snapshot.protocol, snapshot.metadata);
    if (snapshot.schema !== input.schema) checkFits(snapshot.schema, input.schema);

    const plan = await planMerge(log, input, source);
    const txns = txnsOf(options.marks);
    if (plan.adds.length + plan.removes.length + txns.length === 0)
      return { kind: 'written', version: snapshot.version };
    const info = commitInfoOf('MERGE', {
      operationParameters: { matchedBy: JSON.stringify(input.keyColumns) },
      operationMetrics: { ...plan.metrics },
      isBlindAppend: false,
    });
    const now = Date.now();
    const actions: Action[] = [
      { commitInfo: options.txnId === undefined ? info : { ...info, txnId: options.txnId } },
      ...txns.map((txn) => ({ txn })),
      ...plan.removes.map((file) => ({ remove: removeOf(file, now) })),
      ...plan.adds.map((add) => ({ add })),
    ];
    const outcome = await commit(log, { actions, intent: { txns, reads: plan.reads } });
    if (outcome.kind === 'committed') return { kind: 'written', version: outcome.version };
    await deleteFiles(log.location, plan.adds);
  }
  const text = `${nameOf(log.location)}: other writers changed what the merge was made from ${PLANS} times`;
  throw new StreamsError('TABLE_CONFLICT', text);
}

async function planMerge(log: TableLog, input: MergeInput, source: MergeSource): Promise<MergePlan> {
  const { snapshot } = log;
  const { partitionColumns, configuration } = snapshot.metadata;
  const shape: TableShape = { schema: snapshot.schema, partitionColumns, configuration };
  const range = new KeyRange(source.keyValues, partitionColumns);
  const read = source.byKey.size === 0 ? [] : Array.from(snapshot.files.values()).filter((file) => range.mayHold(file));
  const mayConcern = (add: AddFile): boolean => range.mayHold(add);
  const paths = new Set(read.map(({ path }) => path));
  const made =
    (await mergeByEngine(log, shape, input, source, read)) ?? (await mergePlainly(log, shape, input, source, read));
  const removed = new Set(made.removes.map(({ path }) => path));
  return { ...made, reads: { files: paths, removes: removed, mayConcern } };
}

type MadeFiles = Omit<MergePlan, 'reads'>;

/** null where the merge is small, or where DuckDB is not there and it is not too large without. */
async function mergeByEngine(
  log: TableLog,
  shape: TableShape,
  input: MergeInput,
  source: MergeSource,
  read: readonly AddFile[],
): Promise<MadeFiles | null> {
  // What is known to hold none of the keys need not be looked at.
  const open = read.filter(({ path }) => {
    const known = input.cache.get(path);
    return !known || holdsOne(known, source);
  });
  const bytes = open.reduce((sum, { size }) => sum + size, 0);
  const { engine: options } = input;
  if (options && bytes < (options.minBytes ?? ENGINE_BYTES) && input.rows.length < ENGINE_ROWS) return null;
  const engine = options ? await Engine.open(options, 'lanes') : null;
  if (!engine)
    return bytes < PLAIN_BYTES
      ? null
      : needsDuckDb(`${nameOf(log.location)}: a merge into ${Math.round(bytes / 1e6)} MB`);
  try {
    return await planEngineMerge(engine, log.location, shape, input, source, open);
  } finally {
    await engine.close();
  }
}

async function mergePlainly(
  log: TableLog,
  shape: TableShape,
  input: MergeInput,
  source: MergeSource,
  read: readonly AddFile[],
): Promise<MadeFiles> {
  const { partitionColumns } = shape;
  const removes: AddFile[] = [];
  for (const file of read) if (holdsOne(await keysIn(log, file, shape, input), source)) removes.push(file);
  if (removes.length > 0) checkNotAppendOnly(shape);

  const rows = new MergedRows(shape.schema, input.schema, source);
  const adds: AddFile[] = [];
  try {
    const bins = binsOf(removes, BIN_BYTES);
    for (const bin of bins.length === 0 ? [[]] : bins) {
      for (const file of bin) {
        const columns = await readFile(await openFile(log.location, file), file, shape.schema, partitionColumns);
        rows.update(columns, keysOf(columns, input.keyColumns));
      }
      // New rows go along with the last files that are rewritten anyway.
      if (bin === bins.at(-1) || bins.length === 0) rows.insertRest();
      const columns = rows.take();
      const keys = keysOf(columns, input.keyColumns);
      for (const { add, rows: positions } of await writeFiles(log.location, shape, columns)) {
        adds.push(add);
        input.cache.set(add.path, keySet(positions === null ? keys : positions.map((at) => keys[at] ?? null)));
      }
    }
  } catch (error) {
    await deleteFiles(log.location, adds);
    throw error;
  }
  return { adds, removes, metrics: rows.metrics };
}

async function keysIn(
  log: TableLog,
  file: AddFile,
  shape: TableShape,
  input: MergeInput,
): Promise<ReadonlySet<string>> {
  const known = input.cache.get(file.path);
  if (known) return known;
  const { fields } = shape.schema;
  const keyOnly: DeltaSchema = { type: 'struct', fields: fields.filter(({ name }) => input.keyColumns.includes(name)) };
  const columns = await readFile(await openFile(log.location, file), file, keyOnly, shape.partitionColumns);
  const keys = keySet(keysOf(columns, input.keyColumns));
  input.cache.set(file.path, keys);
  return keys;
}

function keySet(keys: readonly (string | null)[]): ReadonlySet<string> {
  return new Set(keys.filter((key) => key !== null));
}

function holdsOne(keys: ReadonlySet<string>, source: MergeSource): boolean {
  if (keys.size < source.byKey.size) {
    for (const key of keys) if (source.byKey.has(key)) return true;
    return false;
  }
  for (const key of source.byKey.keys()) if (keys.has(key)) return true;
  return false;
}
