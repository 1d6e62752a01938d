import type { Action, Protocol } from './actions.ts';
import { array, type DeltaSchema, field, map, struct } from './schema.ts';
import type { Columns, Value } from './value.ts';

const strings = map('string', 'string');

/** The columns of a classic V1 checkpoint (PROTOCOL.md, Checkpoint Schema). */
export const CHECKPOINT_SCHEMA: DeltaSchema = struct(
  field('txn', struct(field('appId', 'string'), field('version', 'long'), field('lastUpdated', 'long'))),
  field(
    'add',
    struct(
      field('path', 'string'),
      field('partitionValues', strings),
      field('size', 'long'),
      field('modificationTime', 'long'),
      field('dataChange', 'boolean'),
      field('stats', 'string'),
      field('tags', strings),
    ),
  ),
  field(
    'remove',
    struct(
      field('path', 'string'),
      field('deletionTimestamp', 'long'),
      field('dataChange', 'boolean'),
      field('extendedFileMetadata', 'boolean'),
      field('partitionValues', strings),
      field('size', 'long'),
    ),
  ),
  field(
    'metaData',
    struct(
      field('id', 'string'),
      field('name', 'string'),
      field('description', 'string'),
      field('format', struct(field('provider', 'string'), field('options', strings))),
      field('schemaString', 'string'),
      field('partitionColumns', array('string')),
      field('configuration', strings),
      field('createdTime', 'long'),
    ),
  ),
  field(
    'protocol',
    struct(
      field('minReaderVersion', 'integer'),
      field('minWriterVersion', 'integer'),
      field('readerFeatures', array('string')),
      field('writerFeatures', array('string')),
    ),
  ),
  field(
    'domainMetadata',
    struct(field('domain', 'string'), field('configuration', 'string'), field('removed', 'boolean')),
  ),
);

/** What is read of a checkpoint: the same, and where the rest of a V2 checkpoint is. */
export const CHECKPOINT_COLUMNS: DeltaSchema = struct(
  ...CHECKPOINT_SCHEMA.fields,
  field('sidecar', struct(field('path', 'string'))),
);

/** The schema without the columns that need features: a table of an old protocol has no domainMetadata. */
export function checkpointSchemaFor(protocol: Protocol): DeltaSchema {
  const domains = protocol.writerFeatures?.includes('domainMetadata') ?? false;
  return {
    type: 'struct',
    fields: CHECKPOINT_SCHEMA.fields.filter(({ name }) => domains || name !== 'domainMetadata'),
  };
}

/** An action as its row, before it is encoded. Tombstones carry no statistics. */
export function toRow(action: Action): Record<string, unknown> {
  const { add, remove, protocol } = action;
  if (add) {
    const { path, partitionValues, size, modificationTime, stats, tags } = add;
    return { add: { path, partitionValues, size, modificationTime, dataChange: false, stats, tags } };
  }
  if (remove) {
    const { path, deletionTimestamp, extendedFileMetadata, partitionValues, size } = remove;
    return { remove: { path, deletionTimestamp, dataChange: false, extendedFileMetadata, partitionValues, size } };
  }
  if (protocol) {
    const { minReaderVersion, minWriterVersion, readerFeatures, writerFeatures } = protocol;
    return {
      protocol: {
        minReaderVersion,
        minWriterVersion,
        readerFeatures: minReaderVersion >= 3 ? readerFeatures : null,
        writerFeatures: minWriterVersion >= 7 ? writerFeatures : null,
      },
    };
  }
  return known(action);
}

/** Without the fields that the checkpoint's schema does not have. */
function known(action: Action): Record<string, unknown> {
  const [name, members] = Object.entries(action)[0] ?? ['', {}];
  const type = CHECKPOINT_SCHEMA.fields.find((candidate) => candidate.name === name)?.type;
  const fields = typeof type === 'object' && type.type === 'struct' ? type.fields : [];
  const own = members as Readonly<Record<string, unknown>>;
  return { [name]: Object.fromEntries(fields.map((child) => [child.name, own[child.name]])) };
}

/** What a row of a checkpoint holds, as the JSON log would: numbers for longs, objects for maps; null fields left out. */
export function toAction(columns: Columns, row: number): Action {
  for (const [name, column] of columns.values) {
    const value = column[row];
    if (value !== null && value !== undefined) return { [name]: plain(value) };
  }
  return {};
}

function plain(value: Value): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const members: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value as Readonly<Record<string, Value>>)) {
    if (member === null || member === undefined) continue;
    // Maps come as entries; their nulls (partition values) are kept.
    const isMap = MAPS.has(name) && Array.isArray(member);
    members.push([name, isMap ? fromEntries(member as readonly Entry[]) : plain(member)]);
  }
  return Object.fromEntries(members);
}

const MAPS = new Set(['partitionValues', 'tags', 'options', 'configuration']);

interface Entry {
  readonly key: string;
  readonly value: Value;
}

function fromEntries(entries: readonly Entry[]): Record<string, Value> {
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}
