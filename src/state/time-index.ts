/** When an entry of a key is: a session's end and start, or a window's start twice. */
export interface EntryTime {
  readonly end: number;
  readonly start: number;
}

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

  add(id: unknown, key: K, end: number, start: number): void {
    let known = this.#keys.get(id);
    if (known === undefined) {
      known = { key, times: [] };
      this.#keys.set(id, known);
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
    const known = this.#keys.get(id);
    const at = known?.times.findIndex((time) => time.end === end && time.start === start) ?? -1;
    if (known === undefined || at < 0) return;
    known.times.splice(at, 1);
    if (known.times.length === 0) this.#keys.delete(id);
  }

  /** Oldest first. Do not keep it: it changes with the store. */
  of(id: unknown): readonly EntryTime[] {
    return this.#keys.get(id)?.times ?? [];
  }

  keys(): Iterable<{ readonly key: K; readonly times: readonly EntryTime[] }> {
    return this.#keys.values();
  }

  /** Forgets entries that end before `oldest`. */
  forgetBefore(oldest: number): void {
    for (const [id, { times }] of this.#keys) {
      let gone = 0;
      while (gone < times.length && (times[gone]?.end ?? oldest) < oldest) gone++;
      if (gone === times.length) this.#keys.delete(id);
      else if (gone > 0) times.splice(0, gone);
    }
  }
}

function isAfter(time: EntryTime | undefined, end: number, start: number): boolean {
  return time !== undefined && (time.end > end || (time.end === end && time.start > start));
}
