import { setTimeout } from 'node:timers/promises';
import { StreamsError } from '../../core/errors.ts';
import type { Action, AddFile } from './actions.ts';
import type { WriteOptions, WriteResult } from './append.ts';
import { deleteFiles, removeOf } from './data-file.ts';
import { checkFits } from './evolution.ts';
import { jitterMs } from './jitter.ts';
import { nameOf } from './log.ts';
import { checkMarks, txnsOf } from './marks.ts';
import { ownPartitionText, partitionFields } from './partition.ts';
import { checkNotAppendOnly, checkWritable } from './protocol.ts';
import type { DeltaSchema } from './schema.ts';
import { commitInfoOf, type TableLog } from './table-log.ts';
import { commit } from './transaction.ts';

const PLANS = 50;
const BACK_OFF_MS = { first: 20, most: 5_000 };

/** Which rows give way: those of the partitions that the new rows are in, or all. */
export type OverwriteScope = 'partitions' | 'table';

/** Commits files of new rows in place of what is there, in one step: readers see the old rows or the new ones. */
export async function commitOverwrite(
  log: TableLog,
  files: readonly AddFile[],
  schema: DeltaSchema,
  scope: OverwriteScope,
  options: WriteOptions,
): Promise<WriteResult> {
  const txns = txnsOf(options.marks);
  for (let plans = 0; plans < PLANS; plans++) {
    if (plans > 0) await setTimeout(jitterMs(plans - 1, BACK_OFF_MS));
    await log.ensureFresh();
    const { snapshot } = log;
    const check = checkMarks(snapshot, options.marks, options.expected);
    if (check !== 'ahead') {
      await deleteFiles(log.location, files);
      return { kind: check, version: snapshot.version };
    }
    const partitions = new Set(
      files.map((file) => partitionKey(file, snapshot.schema, snapshot.metadata.partitionColumns)),
    );
    const concerns = (file: AddFile): boolean =>
      scope === 'table' || partitions.has(partitionKey(file, snapshot.schema, snapshot.metadata.partitionColumns));
    const removes = Array.from(snapshot.files.values()).filter(concerns);
    try {
      checkWritable(snapshot.protocol, snapshot.metadata);
      if (snapshot.schema !== schema) checkFits(snapshot.schema, schema);
      if (removes.length > 0) checkNotAppendOnly(snapshot.metadata);
    } catch (error) {
      await deleteFiles(log.location, files);
      throw error;
    }
    const now = Date.now();
    const paths = new Set(removes.map(({ path }) => path));
    const info = commitInfoOf('WRITE', { operationParameters: { mode: 'Overwrite', scope }, isBlindAppend: false });
    const actions: Action[] = [
      { commitInfo: options.txnId === undefined ? info : { ...info, txnId: options.txnId } },
      ...txns.map((txn) => ({ txn })),
      ...removes.map((file) => ({ remove: removeOf(file, now) })),
      ...files.map((add) => ({ add })),
    ];
    const reads = { files: paths, removes: paths, mayConcern: concerns };
    const outcome = await commit(log, { actions, intent: { txns, reads } });
    if (outcome.kind === 'committed') return { kind: 'written', version: outcome.version };
  }
  await deleteFiles(log.location, files);
  throw new StreamsError(
    'TABLE_CONFLICT',
    `${nameOf(log.location)}: other writers changed the partitions ${PLANS} times`,
  );
}

function partitionKey({ partitionValues }: AddFile, schema: DeltaSchema, partitionColumns: readonly string[]): string {
  const by = partitionFields(schema, partitionColumns);
  return JSON.stringify(by.map(({ name, type }) => ownPartitionText(type, partitionValues[name])));
}
