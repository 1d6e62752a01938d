/** When an entry of a key is: a session's end and start, or a window's start twice. */
export interface EntryTime {
  readonly end: number;
  readonly start: number;
}

const NONE: readonly EntryTime[] = Object.freeze([]);

interface KeyTimes<K> {
  readonly key: K;
  /** By end, then start. */
  readonly times: EntryTime[];
}

/**
 * The times of each key's entries in a store whose order on disk is that of time: finding the entries of one key needs no
 * scan. Holds what is within the retention: about 100 bytes for each entry.
 */
export class TimeIndex<K> {
  readonly #keys = new Map<unknown, KeyTimes<K>>();
  /** The key asked for last: whoever updates an entry asks for its key several times. */
  #lastId: unknown = null;
  #last: KeyTimes<K> | null = null;

  add(id: unknown, key: K, end: number, start: number): void {
    let known = this.#find(id);
    if (known === null) {
      known = { key, times: [] };
      this.#keys.set(id, known);
      this.#last = known;
    }
    const { times } = known;
    let at = times.length;
    while (at > 0 && isAfter(times[at - 1], end, start)) at--;
    const before = times[at - 1];
    if (before?.end === end && before.start === start) return;
    if (at === times.length) times.push({ end, start });
    else times.splice(at, 0, { end, start });
  }

  remove(id: unknown, end: number, start: number): void {
    const known = this.#find(id);
    const at = known?.times.findIndex((time) => time.end === end && time.start === start) ?? -1;
    if (known === null || at < 0) return;
    known.times.splice(at, 1);
    if (known.times.length === 0) this.#forget(id);
  }

  /** Oldest first. Do not keep it: it changes with the store. */
  of(id: unknown): readonly EntryTime[] {
    return this.#find(id)?.times ?? NONE;
  }

  keys(): Iterable<{ readonly key: K; readonly times: readonly EntryTime[] }> {
    return this.#keys.values();
  }

  /** Forgets entries that end before `oldest`. */
  forgetBefore(oldest: number): void {
    for (const [id, { times }] of this.#keys) {
      let gone = 0;
      while (gone < times.length && (times[gone]?.end ?? oldest) < oldest) gone++;
      if (gone === times.length) this.#forget(id);
      else if (gone > 0) times.splice(0, gone);
    }
  }

  #find(id: unknown): KeyTimes<K> | null {
    if (this.#lastId === id) return this.#last;
    this.#lastId = id;
    this.#last = this.#keys.get(id) ?? null;
    return this.#last;
  }

  #forget(id: unknown): void {
    this.#keys.delete(id);
    if (this.#lastId === id) this.#last = null;
  }
}

function isAfter(time: EntryTime | undefined, end: number, start: number): boolean {
  return time !== undefined && (time.end > end || (time.end === end && time.start > start));
}
