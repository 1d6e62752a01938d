import { StreamsError } from '../../core/errors.ts';
import type { Action, AddFile } from './actions.ts';
import { deleteFiles } from './data-file.ts';
import { checkFits } from './evolution.ts';
import { checkMarks, type TxnMark, txnsOf } from './marks.ts';
import { checkWritable } from './protocol.ts';
import type { DeltaSchema } from './schema.ts';
import { commitInfoOf, type TableLog } from './table-log.ts';
import { commit } from './transaction.ts';

export interface WriteOptions {
  readonly marks: readonly TxnMark[];
  /** See {@link checkMarks}. */
  readonly expected?: ReadonlyMap<string, number | null>;
  /** The commit's own id (default: a new one). */
  readonly txnId?: string;
}

/** `written`: by this call; `taken` and `moved`: see {@link checkMarks}, nothing was written. */
export interface WriteResult {
  readonly kind: 'written' | 'taken' | 'moved';
  /** The table's version then. */
  readonly version: number;
}

/**
 * Commits files of new rows. They stay what they are whoever else commits: only a mark of ours that moved, or a schema
 * that no longer fits, stops it; the files are then deleted again.
 */
export async function commitAppend(
  log: TableLog,
  files: readonly AddFile[],
  schema: DeltaSchema,
  partitionColumns: readonly string[],
  options: WriteOptions,
): Promise<WriteResult> {
  const txns = txnsOf(options.marks);
  const info = commitInfoOf('WRITE', { operationParameters: { mode: 'Append' }, isBlindAppend: true });
  const commitInfo = options.txnId === undefined ? info : { ...info, txnId: options.txnId };
  const actions: Action[] = [{ commitInfo }, ...txns.map((txn) => ({ txn })), ...files.map((add) => ({ add }))];
  for (;;) {
    await log.ensureFresh();
    const { protocol, metadata, schema: current } = log.snapshot;
    const check = checkMarks(log.snapshot, options.marks, options.expected);
    if (check !== 'ahead') {
      await deleteFiles(log.location, files);
      return { kind: check, version: log.snapshot.version };
    }
    try {
      checkWritable(protocol, metadata);
      if (current !== schema) checkFits(current, schema);
      if (metadata.partitionColumns.join('\n') !== partitionColumns.join('\n')) {
        throw new StreamsError('TABLE_INVALID', 'another writer changed the table’s partitioning');
      }
    } catch (error) {
      await deleteFiles(log.location, files);
      throw error;
    }
    const outcome = await commit(log, { actions, intent: { txns, reads: null } });
    if (outcome.kind === 'committed') return { kind: 'written', version: outcome.version };
  }
}
