import type { Windowed } from '../../core/serde.ts';
import { mergePositions, type Position } from './position.ts';
import type { DecodedEntry, QuerySource, SingleAnswer, StoreAsker } from './store-asker.ts';
import type { StoreQuery } from './store-query.ts';

/** The answer about one key. */
export interface QueryResult<V> {
  /** null: there is none. */
  readonly value: V | null;
  /** Of the record that wrote the value, in ms; null without a value, and in stores that keep no times. */
  readonly timestamp: number | null;
  /** What the answer includes; to be demanded of later ones (`atLeast`). */
  readonly position: Position;
  /** Who answered; null for a store that has no partitions yet. */
  readonly source: QuerySource | null;
}

export interface QueriedEntry<K, V> {
  readonly key: K;
  readonly value: V;
  readonly timestamp: number | null;
  readonly source: QuerySource;
}

/** Entries of all partitions asked, read page by page as they are wanted. Partitions come one after the other. */
export interface QueryEntries<E> extends AsyncIterable<E> {
  /** What the pages read so far include. */
  readonly position: Position;
  /** Reads all of them into memory. */
  toArray(): Promise<E[]>;
}

export function resultOf<K, V>({ entry, position, source }: SingleAnswer<K, V>): QueryResult<V> {
  return { value: entry?.value ?? null, timestamp: entry?.timestamp ?? null, position, source };
}

/** Entries of a query, over the partitions of one key or of all. */
export function entriesOf<K, V, E>(
  asker: StoreAsker<K, V>,
  query: () => Promise<StoreQuery> | StoreQuery,
  key: { readonly key: K } | undefined,
  entry: (decoded: DecodedEntry<K, V>) => E,
): QueryEntries<E> {
  let position: Position = {};
  async function* read(): AsyncGenerator<E> {
    const partitions = await asker.partitions(key);
    if (partitions.length === 0) return;
    for await (const page of asker.pages(await query(), partitions)) {
      position = mergePositions(position, page.position);
      for (const decoded of page.entries) yield entry(decoded);
    }
  }
  return {
    get position() {
      return position;
    },
    [Symbol.asyncIterator]: read,
    toArray: async () => {
      const entries: E[] = [];
      for await (const one of read()) entries.push(one);
      return entries;
    },
  };
}

export function plainEntry<K, V>({ key, value, timestamp, source }: DecodedEntry<K, V>): QueriedEntry<K, V> {
  return { key, value, timestamp, source };
}

export function windowedEntry<K, V>(decoded: DecodedEntry<K, V>): QueriedEntry<Windowed<K>, V> {
  const { key, value, timestamp, source } = decoded;
  return { key: { key, window: decoded.window ?? { start: 0, end: 0 } }, value, timestamp, source };
}
