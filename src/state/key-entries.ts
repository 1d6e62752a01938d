import type { CacheEntry, EntryHome } from './entry-cache.ts';

/**
 * The cached entries of a store that has several for one key, its windows or sessions. A key is looked up once for all of
 * them, which matters where each record updates several windows.
 */
export class EntriesByKey<K, V> {
  readonly #keys = new Map<unknown, KeyEntries<K, V>>();
  readonly #isIt: (entry: CacheEntry<K, V>, id: unknown) => boolean;
  #last: KeyEntries<K, V> | null = null;

  /** `isIt` says whether an entry is the one of an id (default: its own is the same). */
  constructor(isIt: (entry: CacheEntry<K, V>, id: unknown) => boolean = (entry, id) => entry.id === id) {
    this.#isIt = isIt;
  }

  /** The entries of a key, none perhaps. Not to be kept: once it is empty, there may be another one for the same key. */
  of(keyId: unknown): KeyEntries<K, V> {
    const last = this.#last;
    if (last !== null && last.keyId === keyId) return last;
    this.#last = this.#keys.get(keyId) ?? new KeyEntries(keyId, this.#keys, this.#isIt);
    return this.#last;
  }
}

/** A list, since there are a handful of them at most times. */
export class KeyEntries<K, V> implements EntryHome<K, V> {
  readonly keyId: unknown;
  readonly #keys: Map<unknown, KeyEntries<K, V>>;
  readonly #isIt: (entry: CacheEntry<K, V>, id: unknown) => boolean;
  #first: CacheEntry<K, V> | null = null;

  constructor(
    keyId: unknown,
    keys: Map<unknown, KeyEntries<K, V>>,
    isIt: (entry: CacheEntry<K, V>, id: unknown) => boolean,
  ) {
    this.keyId = keyId;
    this.#keys = keys;
    this.#isIt = isIt;
  }

  get(id: unknown): CacheEntry<K, V> | undefined {
    for (let entry = this.#first; entry !== null; entry = entry.sibling) if (this.#isIt(entry, id)) return entry;
    return undefined;
  }

  set(_id: unknown, entry: CacheEntry<K, V>): void {
    if (this.#first === null) this.#keys.set(this.keyId, this);
    entry.sibling = this.#first;
    this.#first = entry;
  }

  delete(id: unknown): void {
    let before: CacheEntry<K, V> | null = null;
    for (let entry = this.#first; entry !== null; entry = entry.sibling) {
      if (entry.id === id) {
        if (before === null) this.#first = entry.sibling;
        else before.sibling = entry.sibling;
        entry.sibling = null;
        break;
      }
      before = entry;
    }
    if (this.#first === null) this.#keys.delete(this.keyId);
  }
}
