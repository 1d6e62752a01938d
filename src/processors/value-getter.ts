import type { Windowed } from '../core/serde.ts';
import type {
  ReadOnlySessionStore,
  StateStore,
  SuppressionBuffer,
  TimestampedKeyValueStore,
  TimestampedWindowStore,
  ValueAndTimestamp,
} from '../state/store.ts';

/** Looks up the rows of a table, whether it is kept in a store or computed from one that is. */
export interface ValueGetter<K, V> {
  get(key: K): V | null;
  getWithTimestamp(key: K): ValueAndTimestamp<V> | null;
  /** Versioned tables: the row as it was at a time. */
  getAsOf?(key: K, timestamp: number): ValueAndTimestamp<V> | null;
}

/** Where a getter finds its stores: the context of the processor that uses it. */
export interface StoreAccess {
  store<S extends StateStore = StateStore>(name: string): S;
}

/** Makes a getter for one task; `stores` are the ones that the using node must be connected to. */
export interface ValueGetterSupplier<K = unknown, V = unknown> {
  readonly stores: readonly string[];
  open(access: StoreAccess): ValueGetter<K, V>;
}

/** Rows of a table that is kept. */
export function storedGetter<K, V>(store: string): ValueGetterSupplier<K, V> {
  return { stores: [store], open: (access) => access.store<TimestampedKeyValueStore<K, V>>(store) };
}

/** Rows of a table of windows. */
export function windowGetter<K, V>(store: string): ValueGetterSupplier<Windowed<K>, V> {
  return {
    stores: [store],
    open(access) {
      const windows = access.store<TimestampedWindowStore<K, V>>(store);
      return {
        get: ({ key, window }) => windows.fetch(key, window.start),
        getWithTimestamp: ({ key, window }) => windows.fetchWithTimestamp(key, window.start),
      };
    },
  };
}

/** Rows of a table of sessions; a session's time is its end. */
export function sessionGetter<K, V>(store: string): ValueGetterSupplier<Windowed<K>, V> {
  return {
    stores: [store],
    open(access) {
      const sessions = access.store<ReadOnlySessionStore<K, V>>(store);
      const get = ({ key, window }: Windowed<K>): V | null => sessions.fetchSession(key, window.start, window.end);
      return {
        get,
        getWithTimestamp(session) {
          const value = get(session);
          return value === null ? null : { value, timestamp: session.window.end };
        },
      };
    },
  };
}

/** Rows of a table whose updates are held back: what waits has not happened yet. */
export function suppressedGetter<K, V>(buffer: string, parent: ValueGetterSupplier<K, V>): ValueGetterSupplier<K, V> {
  return {
    stores: [buffer, ...parent.stores],
    open(access) {
      const waiting = access.store<SuppressionBuffer<K, V>>(buffer);
      const rows = parent.open(access);
      const getWithTimestamp = (key: K): ValueAndTimestamp<V> | null => {
        const prior = waiting.priorOf(key);
        if (prior === null) return rows.getWithTimestamp(key);
        return prior.value === null ? null : { value: prior.value, timestamp: -1 };
      };
      return { getWithTimestamp, get: (key) => getWithTimestamp(key)?.value ?? null };
    },
  };
}

/** Rows of a filtered table that is not kept. */
export function filteredGetter<K, V>(
  parent: ValueGetterSupplier<K, V>,
  predicate: (value: V, key: K) => boolean,
  keep: boolean,
): ValueGetterSupplier<K, V> {
  return {
    stores: parent.stores,
    open(access) {
      const rows = parent.open(access);
      const pass = (key: K, row: ValueAndTimestamp<V> | null) =>
        row !== null && predicate(row.value, key) === keep ? row : null;
      return {
        get(key) {
          const value = rows.get(key);
          return value !== null && predicate(value, key) === keep ? value : null;
        },
        getWithTimestamp: (key) => pass(key, rows.getWithTimestamp(key)),
        ...(rows.getAsOf ? { getAsOf: (key: K, at: number) => pass(key, rows.getAsOf?.(key, at) ?? null) } : {}),
      };
    },
  };
}

/** Rows of a mapped table that is not kept. */
export function mappedGetter<K, V, VR>(
  parent: ValueGetterSupplier<K, V>,
  mapper: (value: V, key: K) => VR,
): ValueGetterSupplier<K, VR> {
  return {
    stores: parent.stores,
    open(access) {
      const rows = parent.open(access);
      const mapped = (key: K, row: ValueAndTimestamp<V> | null): ValueAndTimestamp<VR> | null => {
        if (row === null) return null;
        const value = mapper(row.value, key) ?? null;
        return value === null ? null : { value, timestamp: row.timestamp };
      };
      return {
        get(key) {
          const value = rows.get(key);
          return value === null ? null : (mapper(value, key) ?? null);
        },
        getWithTimestamp: (key) => mapped(key, rows.getWithTimestamp(key)),
        ...(rows.getAsOf ? { getAsOf: (key: K, at: number) => mapped(key, rows.getAsOf?.(key, at) ?? null) } : {}),
      };
    },
  };
}

/** Rows of a join of two tables that is not kept. `needs` says which sides must be there for a row. */
export function joinedGetter<K, V, VO, VR>(
  left: ValueGetterSupplier<K, V>,
  right: ValueGetterSupplier<K, VO>,
  joiner: (value: V | null, other: VO | null, key: K) => VR,
  needs: 'both' | 'left' | 'either',
): ValueGetterSupplier<K, VR> {
  return {
    stores: [...new Set([...left.stores, ...right.stores])],
    open(access) {
      const lefts = left.open(access);
      const rights = right.open(access);
      const getWithTimestamp = (key: K): ValueAndTimestamp<VR> | null => {
        const one = lefts.getWithTimestamp(key);
        if (one === null && needs !== 'either') return null;
        const other = rights.getWithTimestamp(key);
        if (other === null && (needs === 'both' || one === null)) return null;
        const value = joiner(one?.value ?? null, other?.value ?? null, key) ?? null;
        return value === null ? null : { value, timestamp: Math.max(one?.timestamp ?? -1, other?.timestamp ?? -1) };
      };
      return { getWithTimestamp, get: (key) => getWithTimestamp(key)?.value ?? null };
    },
  };
}
