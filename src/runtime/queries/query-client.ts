import type { Windowed } from '../../core/serde.ts';
import type { VersionedRecord } from '../../state/store.ts';
import type { QueryableKind } from './queryable.ts';
import {
  entriesOf,
  plainEntry,
  type QueriedEntry,
  type QueryEntries,
  type QueryResult,
  resultOf,
  windowedEntry,
} from './query-results.ts';
import type { StoreAsker } from './store-asker.ts';

/** Reads a key-value store wherever its partitions are. Methods are named as those of `ReadOnlyKeyValueStore`. */
export interface KeyValueQueries<K, V> {
  get(key: K): Promise<QueryResult<V>>;
  /** Both ends inclusive; null is open. In the order of the keys' bytes within each partition. */
  range(from: K | null, to: K | null): QueryEntries<QueriedEntry<K, V>>;
  reverseRange(from: K | null, to: K | null): QueryEntries<QueriedEntry<K, V>>;
  all(): QueryEntries<QueriedEntry<K, V>>;
  /** Keys whose serialised bytes begin with these. */
  prefixScan(prefix: Buffer): QueryEntries<QueriedEntry<K, V>>;
  approximateNumEntries(): Promise<number>;
}

export interface WindowQueries<K, V> {
  fetch(key: K, windowStart: number): Promise<QueryResult<V>>;
  /** Windows of one key that start in [from, to], oldest first. */
  fetchRange(key: K, from: number, to: number): QueryEntries<QueriedEntry<Windowed<K>, V>>;
  /** Windows of all keys that start in [from, to], by time within each partition. */
  fetchAll(from: number, to: number): QueryEntries<QueriedEntry<Windowed<K>, V>>;
}

export interface SessionQueries<K, V> {
  /** All sessions of one key, oldest first. */
  fetch(key: K): QueryEntries<QueriedEntry<Windowed<K>, V>>;
  /** Sessions of one key that end at or after `earliestEnd` and start at or before `latestStart`. */
  findSessions(key: K, earliestEnd: number, latestStart: number): QueryEntries<QueriedEntry<Windowed<K>, V>>;
  /** Sessions of all keys that end in [earliestEnd, latestEnd]. */
  findSessionsByEnd(earliestEnd: number, latestEnd: number): QueryEntries<QueriedEntry<Windowed<K>, V>>;
}

export interface VersionedQueries<K, V> {
  get(key: K): Promise<QueryResult<V>>;
  /** What held at a time; `validTo` null: it still does, or there is none. */
  getAsOf(key: K, timestamp: number): Promise<QueryResult<V> & { readonly validTo: number | null }>;
  /** What held at any time of [from, to], newest first. */
  getVersions(key: K, from: number, to: number): QueryEntries<VersionedRecord<V>>;
}

/** What `app.query` answers for each kind of store. */
export interface QueryClients<K, V> {
  readonly keyValue: KeyValueQueries<K, V>;
  readonly window: WindowQueries<K, V>;
  readonly session: SessionQueries<K, V>;
  readonly versioned: VersionedQueries<K, V>;
}

export function queryClient<Kind extends QueryableKind, K, V>(
  kind: Kind,
  asker: StoreAsker<K, V>,
): QueryClients<K, V>[Kind] {
  return CLIENTS[kind](asker) as QueryClients<K, V>[Kind];
}

const CLIENTS = { keyValue, window, session, versioned };

function keyValue<K, V>(asker: StoreAsker<K, V>): KeyValueQueries<K, V> {
  const bytes = (key: K | null): Promise<Buffer | null> => (key === null ? Promise.resolve(null) : asker.keyBytes(key));
  const range = (from: K | null, to: K | null, reverse: boolean): QueryEntries<QueriedEntry<K, V>> => {
    const query = async () => ({ kind: 'range', from: await bytes(from), to: await bytes(to), reverse }) as const;
    return entriesOf(asker, query, undefined, plainEntry);
  };
  return {
    get: async (key) => resultOf(await asker.single(key, (keyBytes) => ({ kind: 'get', key: keyBytes }))),
    range: (from, to) => range(from, to, false),
    reverseRange: (from, to) => range(from, to, true),
    all: () => range(null, null, false),
    prefixScan: (prefix) => entriesOf(asker, () => ({ kind: 'prefix', prefix }), undefined, plainEntry),
    approximateNumEntries: async () => {
      let sum = 0;
      const partitions = await asker.partitions();
      for (const partition of partitions) {
        const { count } = await asker.page({ kind: 'count' }, [partition], { cursor: null, limit: 1 });
        sum += count ?? 0;
      }
      return sum;
    },
  };
}

function window<K, V>(asker: StoreAsker<K, V>): WindowQueries<K, V> {
  return {
    fetch: async (key, start) => {
      const query = (keyBytes: Buffer) => ({ kind: 'fetch', key: keyBytes, from: start, to: start }) as const;
      return resultOf(await asker.single(key, query));
    },
    fetchRange: (key, from, to) => {
      const query = async () => ({ kind: 'fetch', key: await asker.keyBytes(key), ...times(from, to) }) as const;
      return entriesOf(asker, query, { key }, windowedEntry);
    },
    fetchAll: (from, to) =>
      entriesOf(asker, () => ({ kind: 'fetchAll', ...times(from, to) }), undefined, windowedEntry),
  };
}

function session<K, V>(asker: StoreAsker<K, V>): SessionQueries<K, V> {
  const find = (key: K, earliestEnd: number, latestStart: number): QueryEntries<QueriedEntry<Windowed<K>, V>> => {
    const { from, to } = times(earliestEnd, latestStart);
    const query = async () => {
      return { kind: 'sessions', key: await asker.keyBytes(key), earliestEnd: from, latestStart: to } as const;
    };
    return entriesOf(asker, query, { key }, windowedEntry);
  };
  return {
    fetch: (key) => find(key, 0, Infinity),
    findSessions: find,
    findSessionsByEnd: (earliestEnd, latestEnd) => {
      const { from, to } = times(earliestEnd, latestEnd);
      const query = () => ({ kind: 'sessionsByEnd', earliestEnd: from, latestEnd: to }) as const;
      return entriesOf(asker, query, undefined, windowedEntry);
    },
  };
}

function versioned<K, V>(asker: StoreAsker<K, V>): VersionedQueries<K, V> {
  return {
    get: async (key) => resultOf(await asker.single(key, (keyBytes) => ({ kind: 'get', key: keyBytes }))),
    getAsOf: async (key, asOf) => {
      const found = await asker.single(key, (keyBytes) => ({ kind: 'getAsOf', key: keyBytes, asOf }));
      return { ...resultOf(found), validTo: found.entry?.validTo ?? null };
    },
    getVersions: (key, from, to) => {
      const query = async () => ({ kind: 'versions', key: await asker.keyBytes(key), ...times(from, to) }) as const;
      return entriesOf(asker, query, { key }, ({ value, timestamp, validTo }) => {
        return { value, timestamp: timestamp ?? 0, validTo };
      });
    },
  };
}

const LAST_TIME = Number.MAX_SAFE_INTEGER - 1;

/** Whole numbers that stores take, also for bounds that are infinite. */
function times(from: number, to: number): { readonly from: number; readonly to: number } {
  return { from: Math.max(0, Math.ceil(from)), to: Math.min(LAST_TIME, Math.floor(to)) };
}
