import type { Action, AddFile } from './actions.ts';
import type { WriteOptions, WriteResult } from './append.ts';
import type { ReadSet } from './conflict.ts';
import { deleteFiles, openFile, readFile, removeOf, type TableShape, writeFiles } from './data-file.ts';
import { checkFits } from './evolution.ts';
import type { KeyCache } from './key-cache.ts';
import { KeyRange } from './key-range.ts';
import { keysOf } from './key.ts';
import { checkMarks, txnsOf } from './marks.ts';
import { type MergeSource, mergeSource } from './merge-source.ts';
import { MergedRows, type MergeMetrics } from './merged-rows.ts';
import { checkNotAppendOnly, checkWritable } from './protocol.ts';
import type { RowBuffer } from './row-buffer.ts';
import type { DeltaSchema } from './schema.ts';
import { commitInfoOf, type TableLog } from './table-log.ts';
import { commit } from './transaction.ts';

/** Files that are rewritten together into one: bounds what a merge holds in memory, and the size of what it leaves. */
const BIN_BYTES = 64 * 1024 * 1024;

export interface MergeInput {
  readonly rows: RowBuffer;
  /** The schema that the rows were encoded by. */
  readonly schema: DeltaSchema;
  readonly keyColumns: readonly string[];
  readonly cache: KeyCache;
}

/**
 * Updates the rows that have the keys, inserts the others, deletes those of deletions; one commit. Made anew on the new
 * state when another writer committed what it depends on.
 */
export async function commitMerge(log: TableLog, input: MergeInput, options: WriteOptions): Promise<WriteResult> {
  const source = mergeSource(input.rows, input.schema, input.keyColumns);
  for (;;) {
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
}

interface MergePlan {
  readonly adds: readonly AddFile[];
  readonly removes: readonly AddFile[];
  readonly reads: ReadSet;
  readonly metrics: MergeMetrics;
}

async function planMerge(log: TableLog, input: MergeInput, source: MergeSource): Promise<MergePlan> {
  const { snapshot } = log;
  const { partitionColumns, configuration } = snapshot.metadata;
  const shape: TableShape = { schema: snapshot.schema, partitionColumns, configuration };
  const range = new KeyRange(source.keyValues, partitionColumns);
  const read = source.byKey.size === 0 ? [] : Array.from(snapshot.files.values()).filter((file) => range.mayHold(file));
  const removes: AddFile[] = [];
  for (const file of read) if (holdsOne(await keysIn(log, file, shape, input), source)) removes.push(file);
  if (removes.length > 0) checkNotAppendOnly(snapshot.metadata);

  const rows = new MergedRows(shape.schema, input.schema, source);
  const adds: AddFile[] = [];
  try {
    const bins = binsOf(removes);
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
  const files = new Set(read.map(({ path }) => path));
  const reads = {
    files,
    removes: new Set(removes.map(({ path }) => path)),
    mayConcern: (add: AddFile) => range.mayHold(add),
  };
  return { adds, removes, reads, metrics: rows.metrics };
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

function binsOf(files: readonly AddFile[]): AddFile[][] {
  const bins: AddFile[][] = [];
  let size = Infinity;
  for (const file of files) {
    if (size + file.size > BIN_BYTES) {
      bins.push([]);
      size = 0;
    }
    bins.at(-1)?.push(file);
    size += file.size;
  }
  return bins;
}
