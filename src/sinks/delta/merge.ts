import { setTimeout } from 'node:timers/promises';
import { StreamsError } from '../../core/errors.ts';
import type { Action, AddFile } from './actions.ts';
import type { WriteOptions, WriteResult } from './append.ts';
import { deleteFiles, removeOf, type TableShape } from './data-file.ts';
import { Engine } from './duckdb/engine.ts';
import { needsDuckDb } from './duckdb/load-duckdb.ts';
import { planEngineMerge } from './duckdb/plan-merge.ts';
import { checkFits } from './evolution.ts';
import { jitterMs } from './jitter.ts';
import { KeyRange } from './key-range.ts';
import { KeySet } from './key-set.ts';
import { nameOf } from './log.ts';
import { checkMarks, txnsOf } from './marks.ts';
import { keysIn, mergePlainly } from './merge-plainly.ts';
import type { MadeFiles, MergeInput } from './merge-plan.ts';
import { type MergeSource, mergeSource } from './merge-source.ts';
import { checkWritable } from './protocol.ts';
import type { DeltaSchema } from './schema.ts';
import { commitInfoOf, type TableLog } from './table-log.ts';
import { commit } from './transaction.ts';

/** Below this size of files to rewrite, starting DuckDB takes longer than the merge. */
const ENGINE_BYTES = 4 * 1024 * 1024;
/** The same for rows to merge. */
const ENGINE_ROWS = 20_000;
/** Above this size of files to look at, a merge without DuckDB would take too much memory and time. */
const PLAIN_BYTES = 256 * 1024 * 1024;
/** A larger file whose keys are not known is looked through by DuckDB, where that is there: see {@link keysIn}. */
const KEYS_BYTES = 16 * 1024 * 1024;
/** Plans that may be overtaken by other writers before a merge gives up. */
const PLANS = 50;
const BACK_OFF_MS = { first: 20, most: 5_000 };

/**
 * Updates the rows that have the keys, inserts the others, deletes those of deletions; one commit. When another writer was
 * first, and may have written one of these keys, the table is looked at again. What was made stays as it is where the same
 * files are to be rewritten: only then, and not for each commit of others, it is made anew.
 */
export async function commitMerge(log: TableLog, input: MergeInput, options: WriteOptions): Promise<WriteResult> {
  const source = mergeSource(input.rows, input.schema, input.keyColumns);
  const keys = KeySet.of(source.byKey.keys());
  let made: (MadeFiles & { readonly schema: DeltaSchema }) | null = null;
  const discard = async (): Promise<void> => {
    if (made) await deleteFiles(log.location, made.adds);
    made = null;
  };
  for (let plans = 0; plans < PLANS;) {
    let look: Look;
    try {
      await log.ensureFresh();
      const { snapshot } = log;
      const check = checkMarks(snapshot, options.marks, options.expected);
      if (check !== 'ahead') {
        await discard();
        return { kind: check, version: snapshot.version };
      }
      checkWritable(snapshot.protocol, snapshot.metadata);
      if (snapshot.schema !== input.schema) checkFits(snapshot.schema, input.schema);
      look = await lookAtFiles(log, input, source, keys);
      if (made && !(made.schema === snapshot.schema && rewritesThose(made, look))) {
        await discard();
        // Writers that overtook each other once should not meet again.
        await setTimeout(jitterMs(plans - 1, BACK_OFF_MS));
        await log.refresh();
        continue;
      }
      if (!made) {
        made = { ...(await makeFiles(log, input, source, keys, look)), schema: snapshot.schema };
        plans++;
      }
    } catch (error) {
      await discard();
      throw error;
    }
    const result = await commitFiles(log, input, options, made, look);
    if (result) return result;
  }
  await discard();
  const text = `${nameOf(log.location)}: other writers changed what the merge was made from ${PLANS} times`;
  throw new StreamsError('TABLE_CONFLICT', text);
}

/** The files that the keys may be in, as the snapshot has them. */
interface Look {
  readonly range: KeyRange;
  readonly read: readonly AddFile[];
  /** Those that hold one of the keys. */
  readonly hit: readonly AddFile[];
  /** Those of which that is not known: large ones, for DuckDB. */
  readonly unknown: readonly AddFile[];
}

async function lookAtFiles(log: TableLog, input: MergeInput, source: MergeSource, keys: KeySet): Promise<Look> {
  const { files, metadata } = log.snapshot;
  const range = new KeyRange(source.keyValues, metadata.partitionColumns);
  const read = keys.size === 0 ? [] : Array.from(files.values()).filter((file) => range.mayHold(file));
  const hit: AddFile[] = [];
  const unknown: AddFile[] = [];
  for (const file of read) {
    const known = input.cache.get(file.path);
    if (known === null && input.engine !== false && file.size > KEYS_BYTES) unknown.push(file);
    else if ((known ?? (await keysIn(log, file, input))).meets(keys)) hit.push(file);
  }
  return { range, read, hit, unknown };
}

function rewritesThose({ removes }: MadeFiles, { hit, unknown }: Look): boolean {
  const paths = new Set(removes.map(({ path }) => path));
  return unknown.length === 0 && hit.length === paths.size && hit.every(({ path }) => paths.has(path));
}

/** Null when another writer committed what the merge may depend on. */
async function commitFiles(
  log: TableLog,
  input: MergeInput,
  options: WriteOptions,
  { adds, removes, metrics }: MadeFiles,
  { range, read }: Look,
): Promise<WriteResult | null> {
  const txns = txnsOf(options.marks);
  if (adds.length + removes.length + txns.length === 0) return { kind: 'written', version: log.snapshot.version };
  const info = commitInfoOf('MERGE', {
    operationParameters: { matchedBy: JSON.stringify(input.keyColumns) },
    operationMetrics: { ...metrics },
    isBlindAppend: false,
  });
  const now = Date.now();
  const actions: Action[] = [
    { commitInfo: options.txnId === undefined ? info : { ...info, txnId: options.txnId } },
    ...txns.map((txn) => ({ txn })),
    ...removes.map((file) => ({ remove: removeOf(file, now) })),
    ...adds.map((add) => ({ add })),
  ];
  const reads = {
    files: new Set(read.map(({ path }) => path)),
    removes: new Set(removes.map(({ path }) => path)),
    mayConcern: (add: AddFile) => range.mayHold(add),
  };
  const outcome = await commit(log, { actions, intent: { txns, reads } });
  if (outcome.kind !== 'committed') return null;
  for (const { path } of removes) input.cache.delete(path);
  return { kind: 'written', version: outcome.version };
}

async function makeFiles(
  log: TableLog,
  input: MergeInput,
  source: MergeSource,
  keys: KeySet,
  { hit, unknown }: Look,
): Promise<MadeFiles> {
  const { schema, metadata } = log.snapshot;
  const { partitionColumns, configuration } = metadata;
  const shape: TableShape = { schema, partitionColumns, configuration };
  const files = [...hit, ...unknown];
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const { engine: options } = input;
  const small = options && bytes < (options.minBytes ?? ENGINE_BYTES) && input.rows.length < ENGINE_ROWS;
  const engine = options && !small ? await Engine.open(options, 'lanes') : null;
  if (!engine) {
    if (bytes >= PLAIN_BYTES) needsDuckDb(`${nameOf(log.location)}: a merge into ${Math.round(bytes / 1e6)} MB`);
    return mergePlainly(log, shape, input, source, hit);
  }
  try {
    return await planEngineMerge(engine, log.location, shape, input, { source, keys, candidates: files });
  } finally {
    await engine.close();
  }
}
