import type { Backing, BackingBatch, ByteCursor, ByteRange } from './backing.ts';
import { SortedKeys } from './sorted-keys.ts';

const EMPTY: Buffer = Buffer.alloc(0);

/** Committed state in memory: for stores that are not persistent, the test driver and the simulation. */
export function createMemoryBacking(): Backing {
  const entries = new Map<string, Buffer>();
  let sorted: SortedKeys | null = null;
  const put = (key: string, value: Buffer): void => {
    if (sorted !== null && !entries.has(key)) sorted.add(key);
    entries.set(key, value);
  };
  const remove = (key: string): void => {
    if (entries.delete(key)) sorted?.delete(key);
  };
  const sort = (): SortedKeys => (sorted ??= new SortedKeys(entries.keys()));
  return {
    durable: false,
    get: (key) => entries.get(key.toString('latin1')),
    scan: (range) => new MemoryCursor(entries, sort(), range),
    batch: () => new MemoryBatch(put, remove),
    deleteRange: (from, to, limit) => {
      const end = to.toString('latin1');
      let found = 0;
      for (
        let key = sort().atOrAfter(from.toString('latin1'), false);
        key !== undefined && key < end && found < limit;
      ) {
        remove(key);
        found++;
        key = sort().atOrAfter(key, true);
      }
      return Promise.resolve(found);
    },
    close: () => Promise.resolve(),
  };
}

class MemoryBatch implements BackingBatch {
  readonly #operations: [string, Buffer | null][] = [];
  readonly #put: (key: string, value: Buffer) => void;
  readonly #remove: (key: string) => void;

  constructor(put: (key: string, value: Buffer) => void, remove: (key: string) => void) {
    this.#put = put;
    this.#remove = remove;
  }

  put(key: Buffer, value: Buffer): void {
    this.#operations.push([key.toString('latin1'), Buffer.from(value)]);
  }

  delete(key: Buffer): void {
    this.#operations.push([key.toString('latin1'), null]);
  }

  write(): Promise<void> {
    for (const [key, value] of this.#operations) {
      if (value === null) this.#remove(key);
      else this.#put(key, value);
    }
    return Promise.resolve();
  }
}

/** Finds its next key anew at each step, so commits meanwhile do no harm; they may show. */
class MemoryCursor implements ByteCursor {
  key: Buffer = EMPTY;
  value: Buffer = EMPTY;
  readonly #entries: ReadonlyMap<string, Buffer>;
  readonly #sorted: SortedKeys;
  readonly #range: ByteRange;
  readonly #from: string;
  readonly #to: string;
  #at: string | undefined;

  constructor(entries: ReadonlyMap<string, Buffer>, sorted: SortedKeys, range: ByteRange) {
    this.#entries = entries;
    this.#sorted = sorted;
    this.#range = range;
    this.#from = range.from.toString('latin1');
    this.#to = range.to.toString('latin1');
  }

  next(): boolean {
    for (;;) {
      const at = this.#range.reverse
        ? this.#sorted.before(this.#at ?? this.#to)
        : this.#sorted.atOrAfter(this.#at ?? this.#from, this.#at !== undefined);
      if (at === undefined || at < this.#from || at >= this.#to) return false;
      this.#at = at;
      const value = this.#entries.get(at);
      if (value === undefined) continue;
      const key = Buffer.from(at, 'latin1');
      if (this.#range.suffix !== null && !key.subarray(this.#range.suffixAt).equals(this.#range.suffix)) continue;
      this.key = key;
      this.value = value;
      return true;
    }
  }

  close(): void {
    this.#at = this.#range.reverse ? this.#from : this.#to;
  }
}
