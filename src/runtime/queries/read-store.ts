import { messageOf, StreamsError } from '../../core/errors.ts';
import { NeedsPreparation, type Windowed } from '../../core/serde.ts';
import { readInt64, writeInt64 } from '../../core/int64.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import type {
  KeyByteRange,
  KeyByteReads,
  ReadOnlyKeyValueStore,
  ReadOnlySessionStore,
  StateStore,
  StoredBytes,
  StoreIterator,
  TimestampedKeyValueStore,
  VersionedKeyValueStore,
  VersionedRecord,
  WindowByteReads,
} from '../../state/store.ts';
import { afterPrefix } from '../../state/suffix-jump.ts';
import { kindOf, type QueryableKind } from './queryable.ts';
import { type Page, readPage } from './read-page.ts';
import type { AnswerEntry, StoreQuery } from './store-query.ts';

/** A task's store with the serdes that the task reads it with. */
export interface ReadableStore {
  readonly spec: StoreSpec;
  /** The topic that its serdes are told. */
  readonly topic: string;
  readonly store: StateStore;
}

export interface PageRequest {
  readonly query: StoreQuery;
  readonly limit: number;
  readonly after: Buffer | null;
}

export interface StorePage extends Page {
  readonly count: number | null;
}

const KINDS: Readonly<Record<StoreQuery['kind'], readonly QueryableKind[]>> = {
  get: ['keyValue', 'versioned'],
  range: ['keyValue'],
  prefix: ['keyValue'],
  count: ['keyValue'],
  fetch: ['window'],
  fetchAll: ['window'],
  sessions: ['session'],
  sessionsByEnd: ['session'],
  getAsOf: ['versioned'],
  versions: ['versioned'],
};

/** Answers a query from one store. @throws QUERY_INVALID when the store is not of a kind that has it, STORE_CLOSED */
export function readStore(readable: ReadableStore, request: PageRequest): StorePage {
  const { query, limit } = request;
  const { spec, store } = readable;
  const kind = kindOf(spec);
  if (kind === null || !KINDS[query.kind].includes(kind)) {
    const what = kind === null ? 'an operator’s own store' : `a ${kind} store`;
    throw new StreamsError('QUERY_INVALID', `${spec.name} is ${what}, which has no ${query.kind}`);
  }
  if (query.kind === 'count') {
    const count = (store as ReadOnlyKeyValueStore<unknown, unknown>).approximateNumEntries();
    return { entries: [], after: null, count };
  }
  return { ...pageOf(readable, query, limit, request.after), count: null };
}

function pageOf(
  { spec, topic, store }: ReadableStore,
  query: Exclude<StoreQuery, { readonly kind: 'count' }>,
  limit: number,
  after: Buffer | null,
): Page {
  const keyOf = (bytes: Buffer): unknown => decodeKey(spec, topic, bytes);
  const valueBytes = (value: unknown): Buffer => spec.value.serialize(topic, value);
  const one = (key: Buffer, found: Found | null): Page => ({
    entries: found === null ? [] : [{ key, window: null, ...found, value: valueBytes(found.value) }],
    after: null,
  });
  switch (query.kind) {
    case 'get':
      return one(query.key, latest(spec, store, keyOf(query.key)));
    case 'getAsOf': {
      const versioned = store as VersionedKeyValueStore<unknown, unknown>;
      return one(query.key, versioned.getAsOf(keyOf(query.key), query.asOf));
    }
    case 'range': {
      const [from, to] = [query.from, query.to === null ? null : next(query.to)];
      const { reverse } = query;
      if (after === null) return keyPage(spec, store, { from, to, reverse }, limit);
      return keyPage(spec, store, reverse ? { from, to: after, reverse } : { from: next(after), to, reverse }, limit);
    }
    case 'prefix': {
      const to = afterPrefix(query.prefix.toString('latin1'));
      const from = after === null ? query.prefix : next(after);
      return keyPage(spec, store, { from, to: to === null ? null : Buffer.from(to, 'latin1'), reverse: false }, limit);
    }
    case 'fetch': {
      const from = after === null ? query.from : timeOf(after) + 1;
      return windowPage((store as unknown as WindowByteReads).scanKeyBytes(query.key, from, query.to), limit);
    }
    case 'fetchAll': {
      const [from, key] = after === null ? [query.from, null] : [timeOf(after), after.subarray(8)];
      return windowPage((store as unknown as WindowByteReads).scanWindowBytes(from, query.to, key), limit);
    }
    case 'sessions':
    case 'sessionsByEnd': {
      const sessions = store as ReadOnlySessionStore<unknown, unknown>;
      const earliestEnd = after === null ? query.earliestEnd : timeOf(after);
      const found =
        query.kind === 'sessions'
          ? sessions.findSessions(keyOf(query.key), earliestEnd, query.latestStart)
          : sessions.findSessionsByEnd(earliestEnd, query.latestEnd);
      const entry = ([{ key, window }, value]: readonly [Windowed<unknown>, unknown]): AnswerEntry => {
        return {
          key: spec.key.serialize(topic, key),
          value: valueBytes(value),
          window,
          timestamp: null,
          validTo: null,
        };
      };
      return readPage(
        { items: sessionsAfter(found, entry, after), entry: (item) => item, after: sessionCursor },
        limit,
      );
    }
    case 'versions': {
      const versions = (store as VersionedKeyValueStore<unknown, unknown>)
        .getVersions(keyOf(query.key), query.from, query.to)
        .filter(({ timestamp }) => after === null || timestamp < timeOf(after));
      const entry = ({ value, ...times }: VersionedRecord<unknown>): AnswerEntry => {
        return { key: query.key, value: valueBytes(value), window: null, ...times };
      };
      return readPage({ items: versions, entry, after: ({ timestamp }) => int64(timestamp ?? 0) }, limit);
    }
  }
}

interface Found {
  readonly value: unknown;
  readonly timestamp: number | null;
  readonly validTo: number | null;
}

function latest(spec: StoreSpec, store: StateStore, key: unknown): Found | null {
  if (spec.kind === 'keyValue') {
    const value = (store as ReadOnlyKeyValueStore<unknown, unknown>).get(key);
    return value === null ? null : { value, timestamp: null, validTo: null };
  }
  const found = (
    store as TimestampedKeyValueStore<unknown, unknown> | VersionedKeyValueStore<unknown, unknown>
  ).getWithTimestamp(key);
  return found === null ? null : { ...found, validTo: null };
}

function decodeKey(spec: StoreSpec, topic: string, bytes: Buffer): unknown {
  try {
    return spec.key.deserialize(topic, bytes);
  } catch (error) {
    if (error instanceof NeedsPreparation) throw error;
    const message = `the key’s bytes do not fit ${spec.key.name}, the keys of ${spec.name}: ${messageOf(error)}`;
    throw new StreamsError('QUERY_INVALID', message, { cause: error });
  }
}

function keyPage(spec: StoreSpec, store: StateStore, range: KeyByteRange, limit: number): Page {
  const timed = spec.kind !== 'keyValue';
  const entry = ([key, { bytes, timestamp }]: readonly [Buffer, StoredBytes]): AnswerEntry => {
    return { key, value: bytes, timestamp: timed ? timestamp : null, window: null, validTo: null };
  };
  const items = (store as unknown as KeyByteReads).scanBytes(range);
  return readPage({ items, entry, after: ({ key }) => key }, limit);
}

function windowPage(items: StoreIterator<Windowed<Buffer>, StoredBytes>, limit: number): Page {
  const entry = ([{ key, window }, stored]: readonly [Windowed<Buffer>, StoredBytes]): AnswerEntry => {
    return { key, value: stored.bytes, timestamp: stored.timestamp, window, validTo: null };
  };
  const after = ({ key, window }: AnswerEntry): Buffer => Buffer.concat([int64(window?.start ?? 0), key]);
  return readPage({ items, entry, after }, limit);
}

function* sessionsAfter(
  found: StoreIterator<Windowed<unknown>, unknown>,
  entryOf: (item: readonly [Windowed<unknown>, unknown]) => AnswerEntry,
  after: Buffer | null,
): Generator<AnswerEntry> {
  for (const item of found) {
    const entry = entryOf(item);
    if (after === null || Buffer.compare(sessionCursor(entry), after) > 0) yield entry;
  }
}

function sessionCursor({ key, window }: AnswerEntry): Buffer {
  return Buffer.concat([int64(window?.end ?? 0), int64(window?.start ?? 0), key]);
}

/** The least key after this one. */
function next(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.of(0)]);
}

/** The time that a cursor begins with. */
function timeOf(after: Buffer): number {
  if (after.length < 8) throw new StreamsError('QUERY_INVALID', 'where to go on after is not from an answer');
  return readInt64(after, 0);
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  writeInt64(bytes, value, 0);
  return bytes;
}
