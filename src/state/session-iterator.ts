import type { Windowed } from '../core/serde.ts';
import type { StoreIterator } from './store.ts';

const DONE = { done: true, value: undefined } as const;

/**
 * Sessions with their values, each read when it is its turn; one that has none is passed over. An aggregate asks for one
 * of these with each record: a generator would allocate several times as much.
 */
export class SessionIterator<K, V> implements StoreIterator<Windowed<K>, V> {
  readonly #sessions: readonly Windowed<K>[];
  readonly #read: (session: Windowed<K>) => V | null;
  #at = 0;

  constructor(sessions: readonly Windowed<K>[], read: (session: Windowed<K>) => V | null) {
    this.#sessions = sessions;
    this.#read = read;
  }

  next(): IteratorResult<readonly [Windowed<K>, V], undefined> {
    for (;;) {
      const session = this.#sessions[this.#at];
      if (session === undefined) return DONE;
      this.#at++;
      const value = this.#read(session);
      if (value !== null) return { done: false, value: [session, value] };
    }
  }

  return(): IteratorResult<readonly [Windowed<K>, V], undefined> {
    this.close();
    return DONE;
  }

  close(): void {
    this.#at = this.#sessions.length;
  }

  [Symbol.iterator](): this {
    return this;
  }
}
