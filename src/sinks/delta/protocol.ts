import { StreamsError } from '../../core/errors.ts';
import type { Metadata, Protocol } from './actions.ts';
import { type DeltaSchema, type DeltaType, printSchema } from './schema.ts';

/** What a new table needs of its readers and writers: the oldest protocol that every engine knows, where that is enough. */
export function protocolFor(schema: DeltaSchema): Protocol {
  if (!usesType(schema, 'timestamp_ntz')) return { minReaderVersion: 1, minWriterVersion: 2 };
  return {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ['timestampNtz'],
    writerFeatures: ['timestampNtz', 'appendOnly', 'invariants'],
  };
}

/** What a writer version below 7 stands for (PROTOCOL.md, Valid Feature Names in Table Features). */
const LEGACY: readonly (readonly [version: number, feature: string])[] = [
  [2, 'appendOnly'],
  [2, 'invariants'],
  [3, 'checkConstraints'],
  [4, 'changeDataFeed'],
  [4, 'generatedColumns'],
  [5, 'columnMapping'],
  [6, 'identityColumns'],
];

/**
 * The features this library writes correctly, and what must not be the case. Most are known well enough to tell that a
 * table does not use them, which is all that a writer owes it then.
 */
const WRITABLE: Readonly<Record<string, (metadata: Metadata) => boolean>> = {
  appendOnly: () => true,
  timestampNtz: () => true,
  domainMetadata: () => true,
  vacuumProtocolCheck: () => true,
  // Checkpoints of version 2 are read; those that are written are classic ones, which every table may have.
  v2Checkpoint: () => true,
  invariants: ({ schemaString }) => !schemaString.includes('"delta.invariants"'),
  checkConstraints: ({ configuration }) =>
    !Object.keys(configuration).some((name) => name.startsWith('delta.constraints.')),
  changeDataFeed: ({ configuration }) => configuration['delta.enableChangeDataFeed'] !== 'true',
  generatedColumns: ({ schemaString }) => !schemaString.includes('"delta.generationExpression"'),
  columnMapping: ({ configuration }) => (configuration['delta.columnMapping.mode'] ?? 'none') === 'none',
  identityColumns: ({ schemaString }) => !schemaString.includes('"delta.identity.'),
};
const READABLE = new Set(['timestampNtz', 'columnMapping', 'vacuumProtocolCheck', 'v2Checkpoint']);

/** @throws TABLE_INVALID when the table uses what this library cannot read */
export function checkReadable(protocol: Protocol, metadata: Metadata): void {
  const { minReaderVersion: version } = protocol;
  if (version > 3) refuse('read', `reader version ${version}`);
  for (const feature of version === 3 ? (protocol.readerFeatures ?? []) : []) {
    if (!READABLE.has(feature)) refuse('read', feature);
  }
  if (version >= 2 && !WRITABLE['columnMapping']?.(metadata)) refuse('read', 'columnMapping');
}

/** @throws TABLE_INVALID when the table uses what this library cannot keep right when it writes */
export function checkWritable(protocol: Protocol, metadata: Metadata): void {
  checkReadable(protocol, metadata);
  const { minWriterVersion: version } = protocol;
  if (version > 7) refuse('write', `writer version ${version}`);
  const features =
    version === 7
      ? (protocol.writerFeatures ?? [])
      : LEGACY.filter(([since]) => since <= version).map(([, feature]) => feature);
  for (const feature of features) if (!WRITABLE[feature]?.(metadata)) refuse('write', feature);
}

/** @throws TABLE_INVALID when rows of the table may only be added */
export function checkNotAppendOnly({ configuration }: Pick<Metadata, 'configuration'>): void {
  if (configuration['delta.appendOnly'] !== 'true') return;
  throw new StreamsError(
    'TABLE_INVALID',
    'the table is append-only (delta.appendOnly): a merge may not change its rows',
  );
}

/** @throws TABLE_INVALID: a table of an older protocol cannot get a column whose type needs a feature */
export function checkColumnTypes(protocol: Protocol, schema: DeltaSchema): void {
  if (usesType(schema, 'timestamp_ntz') && !protocol.writerFeatures?.includes('timestampNtz')) {
    throw new StreamsError(
      'TABLE_INVALID',
      'a timestamp_ntz column needs the table feature timestampNtz, which the table has not',
    );
  }
}

function usesType(schema: DeltaSchema, type: DeltaType & string): boolean {
  return new RegExp(`"(type|elementType|keyType|valueType)":"${type}"`).test(printSchema(schema));
}

function refuse(what: 'read' | 'write', feature: string): never {
  throw new StreamsError(
    'TABLE_INVALID',
    `cannot ${what} the table: it uses ${feature}, which this version does not know`,
  );
}
