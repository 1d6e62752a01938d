import type {
  ReadOnlyKeyValueStore,
  ReadOnlySessionStore,
  ReadOnlyVersionedStore,
  ReadOnlyWindowStore,
  StateStore,
  StoreIterator,
} from '../../state/store.ts';

type Stores<S> = () => readonly S[];

/** One read-only store over the same store of all local tasks. Entries of different partitions are not in key order. */
export function queryKeyValue<K, V>(
  name: string,
  stores: Stores<ReadOnlyKeyValueStore<K, V>>,
): ReadOnlyKeyValueStore<K, V> {
  return {
    name,
    get open() {
      return allOpen(stores);
    },
    get: (key) => firstOf(stores(), (store) => store.get(key)),
    range: (from, to) => chain(stores(), (store) => store.range(from, to)),
    reverseRange: (from, to) => chain(stores(), (store) => store.reverseRange(from, to)),
    all: () => chain(stores(), (store) => store.all()),
    prefixScan: (prefix) => chain(stores(), (store) => store.prefixScan(prefix)),
    approximateNumEntries: () => stores().reduce((sum, store) => sum + store.approximateNumEntries(), 0),
  };
}

export function queryWindow<K, V>(name: string, stores: Stores<ReadOnlyWindowStore<K, V>>): ReadOnlyWindowStore<K, V> {
  return {
    name,
    get open() {
      return allOpen(stores);
    },
    fetch: (key, windowStart) => firstOf(stores(), (store) => store.fetch(key, windowStart)),
    fetchRange: (key, from, to) => chain(stores(), (store) => store.fetchRange(key, from, to)),
    fetchAll: (from, to) => chain(stores(), (store) => store.fetchAll(from, to)),
  };
}

export function querySession<K, V>(
  name: string,
  stores: Stores<ReadOnlySessionStore<K, V>>,
): ReadOnlySessionStore<K, V> {
  return {
    name,
    get open() {
      return allOpen(stores);
    },
    fetchSession: (key, start, end) => firstOf(stores(), (store) => store.fetchSession(key, start, end)),
    fetch: (key) => chain(stores(), (store) => store.fetch(key)),
    backwardFetch: (key) => chain(stores(), (store) => store.backwardFetch(key)),
    fetchRange: (from, to) => chain(stores(), (store) => store.fetchRange(from, to)),
    findSessions: (key, earliestEnd, latestStart) =>
      chain(stores(), (store) => store.findSessions(key, earliestEnd, latestStart)),
    backwardFindSessions: (key, earliestEnd, latestStart) =>
      chain(stores(), (store) => store.backwardFindSessions(key, earliestEnd, latestStart)),
    findSessionsByEnd: (earliestEnd, latestEnd) =>
      chain(stores(), (store) => store.findSessionsByEnd(earliestEnd, latestEnd)),
  };
}

export function queryVersioned<K, V>(
  name: string,
  stores: Stores<ReadOnlyVersionedStore<K, V>>,
): ReadOnlyVersionedStore<K, V> {
  return {
    name,
    get open() {
      return allOpen(stores);
    },
    get: (key) => firstOf(stores(), (store) => store.get(key)),
    getAsOf: (key, timestamp) => firstOf(stores(), (store) => store.getAsOf(key, timestamp)),
    getVersions: (key, from, to) => stores().flatMap((store) => store.getVersions(key, from, to)),
  };
}

function allOpen(stores: Stores<StateStore>): boolean {
  return stores().every((store) => store.open);
}

function firstOf<S, V>(stores: readonly S[], read: (store: S) => V | null): V | null {
  for (const store of stores) {
    const value = read(store);
    if (value !== null) return value;
  }
  return null;
}

/** Opens one iterator at a time, so that whoever stops early, by `break` or an error, leaves at most one to be closed. */
function chain<S, K, V>(stores: readonly S[], open: (store: S) => StoreIterator<K, V>): StoreIterator<K, V> {
  let next = 0;
  let current: StoreIterator<K, V> | null = null;
  const close = (): void => {
    next = stores.length;
    current?.close();
    current = null;
  };
  const iterator: StoreIterator<K, V> = {
    next: () => {
      for (;;) {
        if (current === null) {
          const store = stores[next++];
          if (store === undefined) return { done: true, value: undefined };
          current = open(store);
        }
        const entry = step(current, close);
        if (entry.done !== true) return entry;
        current = null;
      }
    },
    return: () => {
      close();
      return { done: true, value: undefined };
    },
    close,
    [Symbol.iterator]: () => iterator,
  };
  return iterator;
}

/** `for … of` does not close an iterator that threw. */
function step<K, V>(iterator: StoreIterator<K, V>, close: () => void): IteratorResult<readonly [K, V], undefined> {
  try {
    return iterator.next();
  } catch (error) {
    close();
    throw error;
  }
}
