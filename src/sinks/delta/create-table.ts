import { randomUUID } from 'node:crypto';
import { StreamsError } from '../../core/errors.ts';
import type { Action, Metadata } from './actions.ts';
import { evolve } from './evolution.ts';
import { nameOf, printCommit, putCommit } from './log.ts';
import type { DeltaTableOptions } from './options.ts';
import { checkColumnTypes, checkWritable, protocolFor } from './protocol.ts';
import { checkNewSchema, type DeltaSchema, printSchema } from './schema.ts';
import { commitInfoOf, type TableLog } from './table-log.ts';
import { commit } from './transaction.ts';

export type TableDefinition = Pick<DeltaTableOptions, 'schema' | 'partitionBy' | 'configuration'>;

/**
 * Creates the table, or adds the columns that an existing one lacks. Of several that create it at once, one wins, and the
 * others go on with its table.
 *
 * @throws SCHEMA_INVALID for a schema that no table can have
 * @throws TABLE_INVALID when the table that is there does not fit, or cannot be written here
 */
export async function createOrEvolve(log: TableLog, definition: TableDefinition): Promise<void> {
  const { schema, partitionBy } = definition;
  checkNewSchema(schema);
  checkPartitioning(schema, partitionBy ?? []);
  await log.refresh();
  if (!log.exists) {
    const created = await putCommit(log.location, 0, printCommit(creation(definition)));
    await log.refresh();
    // A listing that came too early for the other's commit would show as a table that is still missing.
    if (!log.exists) throw new StreamsError('LAKE_UNAVAILABLE', `${nameOf(log.location)}: the table is not there yet`);
    if (created) return;
  }
  await addColumns(log, schema, partitionBy);
}

function creation({ schema, partitionBy = [], configuration = {} }: TableDefinition): Action[] {
  const metaData: Metadata = {
    id: randomUUID(),
    format: { provider: 'parquet', options: {} },
    schemaString: printSchema(schema),
    partitionColumns: partitionBy,
    configuration,
    createdTime: Date.now(),
  };
  const operationParameters = { partitionBy: JSON.stringify(partitionBy) };
  const commitInfo = commitInfoOf('CREATE TABLE', { operationParameters, isBlindAppend: true });
  return [{ commitInfo }, { protocol: protocolFor(schema) }, { metaData }];
}

async function addColumns(log: TableLog, schema: DeltaSchema, partitionBy?: readonly string[]): Promise<void> {
  for (;;) {
    const { protocol, metadata, schema: current } = log.snapshot;
    checkWritable(protocol, metadata);
    if (partitionBy && JSON.stringify(partitionBy) !== JSON.stringify(metadata.partitionColumns)) {
      const names = metadata.partitionColumns.join(', ') || 'nothing';
      throw new StreamsError(
        'TABLE_INVALID',
        `${nameOf(log.location)} is partitioned by ${names}, not by ${partitionBy.join(', ')}`,
      );
    }
    const evolved = evolve(current, schema);
    if (!evolved) return;
    checkColumnTypes(protocol, evolved);
    // Everything else of the metadata is copied, what we do not know included.
    const metaData: Metadata = { ...metadata, schemaString: printSchema(evolved) };
    const actions: Action[] = [{ commitInfo: commitInfoOf('ADD COLUMNS') }, { metaData }];
    const outcome = await commit(log, { actions, intent: { txns: [], reads: null } });
    if (outcome.kind === 'committed') return;
  }
}

function checkPartitioning(schema: DeltaSchema, partitionBy: readonly string[]): void {
  for (const name of partitionBy) {
    const type = schema.fields.find((candidate) => candidate.name === name)?.type;
    if (typeof type !== 'string' || type === 'binary') {
      throw new StreamsError('SCHEMA_INVALID', `cannot partition by ${name}: it is no column of a simple type`);
    }
  }
  if (partitionBy.length > 0 && partitionBy.length >= schema.fields.length) {
    throw new StreamsError('SCHEMA_INVALID', 'a table needs a column that it is not partitioned by');
  }
}
