import type {
  ReadOnlyKeyValueStore,
  ReadOnlyVersionedStore,
  ReadOnlyWindowStore,
  StoreIterator,
  VersionedKeyValueStore,
} from '../state/store.ts';

/** One read-only store over the same store of all local tasks. Entries of different partitions are not in key order. */
export function queryKeyValue<K, V>(
  name: string,
  stores: () => readonly ReadOnlyKeyValueStore<K, V>[],
): ReadOnlyKeyValueStore<K, V> {
  return {
    name,
    get open() {
      return stores().every((store) => store.open);
    },
    get: (key) => firstOf(stores(), (store) => store.get(key)),
    range: (from, to) => chain(stores().map((store) => store.range(from, to))),
    reverseRange: (from, to) => chain(stores().map((store) => store.reverseRange(from, to))),
    all: () => chain(stores().map((store) => store.all())),
    prefixScan: (prefix) => chain(stores().map((store) => store.prefixScan(prefix))),
    approximateNumEntries: () => stores().reduce((sum, store) => sum + store.approximateNumEntries(), 0),
  };
}

export function queryWindow<K, V>(
  name: string,
  stores: () => readonly ReadOnlyWindowStore<K, V>[],
): ReadOnlyWindowStore<K, V> {
  return {
    name,
    get open() {
      return stores().every((store) => store.open);
    },
    fetch: (key, windowStart) => firstOf(stores(), (store) => store.fetch(key, windowStart)),
    fetchRange: (key, from, to) => chain(stores().map((store) => store.fetchRange(key, from, to))),
    fetchAll: (from, to) => chain(stores().map((store) => store.fetchAll(from, to))),
  };
}

export function queryVersioned<K, V>(
  name: string,
  stores: () => readonly VersionedKeyValueStore<K, V>[],
): ReadOnlyVersionedStore<K, V> {
  return {
    name,
    get open() {
      return stores().every((store) => store.open);
    },
    get: (key) => firstOf(stores(), (store) => store.get(key)),
    getAsOf: (key, timestamp) => firstOf(stores(), (store) => store.getAsOf(key, timestamp)),
    getVersions: (key, from, to) => stores().flatMap((store) => store.getVersions(key, from, to)),
  };
}

function firstOf<S, V>(stores: readonly S[], read: (store: S) => V | null): V | null {
  for (const store of stores) {
    const value = read(store);
    if (value !== null) return value;
  }
  return null;
}

function chain<K, V>(iterators: readonly StoreIterator<K, V>[]): StoreIterator<K, V> {
  function* entries(): Generator<readonly [K, V], undefined> {
    for (const iterator of iterators) yield* iterator;
  }
  const all = entries();
  return {
    next: () => all.next(),
    [Symbol.iterator]() {
      return this;
    },
    close: () => {
      for (const iterator of iterators) iterator.close();
    },
    return: () => {
      for (const iterator of iterators) iterator.close();
      return { done: true, value: undefined };
    },
  };
}
