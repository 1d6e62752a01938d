import { KeySet } from './key-set.ts';

/** What an entry takes beside its keys, roughly: the path, and the map's own. */
const ENTRY_BYTES = 300;

/**
 * The keys that files hold, so that a merge need not read a file again to learn that it holds none of the new ones. Files
 * never change, so an entry is never wrong; the oldest used go first when the limit is reached.
 */
export class KeyCache {
  readonly #limitBytes: number;
  readonly #entries = new Map<string, KeySet>();
  #bytes = 0;

  /** @param limitBytes what all entries may take (default 64 MiB: eight million keys) */
  constructor(limitBytes = 64 * 1024 * 1024) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(path: string): KeySet | null {
    const entry = this.#entries.get(path);
    if (!entry) return null;
    // Moves it to the end, where the newest are.
    this.#entries.delete(path);
    this.#entries.set(path, entry);
    return entry;
  }

  set(path: string, keys: KeySet): void {
    this.delete(path);
    const bytes = keys.bytes + ENTRY_BYTES;
    if (bytes > this.#limitBytes) return;
    this.#entries.set(path, keys);
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limitBytes) break;
      this.delete(oldest);
    }
  }

  /** The keys of all these files together; null where some are not known. */
  union(paths: readonly string[]): KeySet | null {
    const sets = paths.map((path) => this.get(path));
    return sets.every((set) => set !== null) ? KeySet.union(sets) : null;
  }

  delete(path: string): void {
    const entry = this.#entries.get(path);
    if (!entry) return;
    this.#entries.delete(path);
    this.#bytes -= entry.bytes + ENTRY_BYTES;
  }
}
