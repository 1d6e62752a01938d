import { createHash } from 'node:crypto';

const HASH_BYTES = 12;
const PREFIX = 'seen/';

/**
 * Ids of rows that the next window reads again. Each page's ids are one entry of the source's state (12 bytes of SHA-256
 * for each), taken away when the window has moved past the newest of them.
 */
export class SeenIds {
  readonly #ids = new Set<string>();
  readonly #pages = new Map<string, Page>();
  #next = 0;

  /** What is left of it in the state. */
  constructor(state: ReadonlyMap<string, Buffer>) {
    for (const [name, bytes] of state) {
      if (!name.startsWith(PREFIX)) continue;
      const hashes: string[] = [];
      for (let at = 8; at < bytes.length; at += HASH_BYTES) hashes.push(bytes.toString('latin1', at, at + HASH_BYTES));
      this.#keep(name, { newestMs: bytes.readDoubleBE(0), hashes });
      this.#next = Math.max(this.#next, Number(name.slice(PREFIX.length)) + 1);
    }
  }

  get size(): number {
    return this.#ids.size;
  }

  has(id: string): boolean {
    return this.#ids.has(hashOf(id));
  }

  /** Remembers a page's ids; `newestMs` is the latest cursor among them. Puts what is to be stored into `changes`. */
  add(ids: readonly string[], newestMs: number, changes: Map<string, Buffer | null>): void {
    const hashes = ids.map(hashOf);
    if (hashes.length === 0) return;
    const head = Buffer.alloc(8);
    head.writeDoubleBE(newestMs);
    const name = `${PREFIX}${this.#next++}`;
    this.#keep(name, { newestMs, hashes });
    changes.set(name, Buffer.concat([head, Buffer.from(hashes.join(''), 'latin1')]));
  }

  /** Forgets the pages whose rows are all older. */
  forget(olderThanMs: number, changes: Map<string, Buffer | null>): void {
    for (const [name, page] of this.#pages) {
      if (page.newestMs >= olderThanMs) continue;
      this.#pages.delete(name);
      for (const hash of page.hashes) this.#ids.delete(hash);
      changes.set(name, null);
    }
  }

  #keep(name: string, page: Page): void {
    this.#pages.set(name, page);
    for (const hash of page.hashes) this.#ids.add(hash);
  }
}

interface Page {
  readonly newestMs: number;
  readonly hashes: readonly string[];
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest().toString('latin1', 0, HASH_BYTES);
}
