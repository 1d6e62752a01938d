/**
 * The keys that files hold, so that a merge need not read a file again to learn that it holds none of the new ones. Files
 * never change, so an entry is never wrong; the oldest used go first when the limit is reached.
 */
export class KeyCache {
  readonly #limitBytes: number;
  readonly #entries = new Map<string, { readonly keys: ReadonlySet<string>; readonly bytes: number }>();
  #bytes = 0;

  /** @param limitBytes what all entries may take, by a rough estimate (default 64 MiB) */
  constructor(limitBytes = 64 * 1024 * 1024) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(path: string): ReadonlySet<string> | null {
    const entry = this.#entries.get(path);
    if (!entry) return null;
    // Moves it to the end, where the newest are.
    this.#entries.delete(path);
    this.#entries.set(path, entry);
    return entry.keys;
  }

  set(path: string, keys: ReadonlySet<string>): void {
    this.delete(path);
    let bytes = 200;
    for (const key of keys) bytes += 64 + key.length * 2;
    if (bytes > this.#limitBytes) return;
    this.#entries.set(path, { keys, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limitBytes) break;
      this.delete(oldest);
    }
  }

  delete(path: string): void {
    const entry = this.#entries.get(path);
    if (!entry) return;
    this.#entries.delete(path);
    this.#bytes -= entry.bytes;
  }
}
