import { StreamsError } from '../../core/errors.ts';
import type { Serde } from '../../core/serde.ts';
import type { StoreSpec } from '../../state/store-spec.ts';
import type {
  ReadOnlyKeyValueStore,
  ReadOnlySessionStore,
  ReadOnlyVersionedStore,
  ReadOnlyWindowStore,
} from '../../state/store.ts';

/** What kind of reads a store allows. */
export type QueryableKind = 'keyValue' | 'window' | 'session' | 'versioned';

/** A store's name with what is needed to read it with types: the place of Kafka Streams' QueryableStoreType. */
export interface QueryableStore<Kind extends QueryableKind, K, V> {
  readonly name: string;
  readonly kind: Kind;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
}

export interface QueryableSerdes<K, V> {
  readonly key: Serde<K>;
  readonly value: Serde<V>;
}

/** What `app.store` answers for each kind. */
export interface ReadOnlyStores<K, V> {
  readonly keyValue: ReadOnlyKeyValueStore<K, V>;
  readonly window: ReadOnlyWindowStore<K, V>;
  readonly session: ReadOnlySessionStore<K, V>;
  readonly versioned: ReadOnlyVersionedStore<K, V>;
}

/**
 * Names a store with its types, for `app.store` and `app.query`. Give the serdes that the topology gives it: the kind
 * and the serdes' names are compared when the store is read.
 *
 * @example
 *     const counts = queryable.keyValue('word-counts', { key: serdes.string, value: serdes.int64 });
 *     app.store(counts).get('fox');              // number | null, of this process' tasks
 *     await app.query(counts).get('fox');        // wherever the key is
 */
export const queryable = Object.freeze({
  /** Tables, and aggregates without windows. */
  keyValue: <K, V>(name: string, serdes: QueryableSerdes<K, V>) => describe('keyValue', name, serdes),
  /** Aggregates over tumbling, hopping and sliding windows. */
  window: <K, V>(name: string, serdes: QueryableSerdes<K, V>) => describe('window', name, serdes),
  session: <K, V>(name: string, serdes: QueryableSerdes<K, V>) => describe('session', name, serdes),
  versioned: <K, V>(name: string, serdes: QueryableSerdes<K, V>) => describe('versioned', name, serdes),
});

function describe<Kind extends QueryableKind, K, V>(
  kind: Kind,
  name: string,
  { key, value }: QueryableSerdes<K, V>,
): QueryableStore<Kind, K, V> {
  return Object.freeze({ name, kind, key, value });
}

/** The reads that a store of the topology allows; null: none, as it is an operator's own. */
export function kindOf(spec: StoreSpec): QueryableKind | null {
  switch (spec.kind) {
    case 'keyValue':
    case 'timestampedKeyValue':
      return 'keyValue';
    case 'timestampedWindow':
      return spec.retainDuplicates === true ? null : 'window';
    case 'session':
      return 'session';
    case 'versioned':
      return 'versioned';
    case 'suppression':
      return null;
  }
}

/** A {@link QueryableStore} of any types. */
interface StoreTypes {
  readonly name: string;
  readonly kind: QueryableKind;
  readonly key: { readonly name: string };
  readonly value: { readonly name: string };
}

/** @throws QUERY_INVALID when the topology's store is of another kind or has other types */
export function checkQueryable(spec: StoreSpec, wanted: StoreTypes): void {
  const kind = kindOf(spec);
  const fault =
    kind !== wanted.kind
      ? `is ${kind === null ? 'an operator’s own' : `a ${kind} store`}, not a ${wanted.kind} store`
      : spec.key.name !== wanted.key.name
        ? `has keys of ${spec.key.name}, not ${wanted.key.name}`
        : spec.value.name !== wanted.value.name
          ? `has values of ${spec.value.name}, not ${wanted.value.name}`
          : null;
  if (fault !== null) throw new StreamsError('QUERY_INVALID', `store ${wanted.name} ${fault}`);
}
