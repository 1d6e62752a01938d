import type { Backing, BackingBatch, ByteCursor, ByteRange } from './backing.ts';
import { SortedKeys } from './sorted-keys.ts';
import { jumpToSuffix } from './suffix-jump.ts';

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
    isEmpty: (from, to) => {
      // Whoever keeps keys in order pays for it at each write.
      if (entries.size === 0) return Promise.resolve(true);
      const first = sort().atOrAfter(from.toString('latin1'), false);
      return Promise.resolve(first === undefined || first >= to.toString('latin1'));
    },
    deleteRange: (from, to, limit) => {
      const end = to.toString('latin1');
      let key = sort().atOrAfter(from.toString('latin1'), false);
      for (let found = 0; key !== undefined && key < end && found < limit; found++) {
        remove(key);
        key = sort().atOrAfter(key, true);
      }
      return Promise.resolve(key !== undefined && key < end);
    },
    sizeOf: () => Promise.resolve(null),
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
  readonly #suffix: string | null;
  #at: string | undefined;

  constructor(entries: ReadonlyMap<string, Buffer>, sorted: SortedKeys, range: ByteRange) {
    this.#entries = entries;
    this.#sorted = sorted;
    this.#range = range;
    this.#from = range.from.toString('latin1');
    this.#to = range.to.toString('latin1');
    this.#suffix = range.suffix?.toString('latin1') ?? null;
  }

  next(): boolean {
    let at = this.#range.reverse
      ? this.#sorted.before(this.#at ?? this.#to)
      : this.#sorted.atOrAfter(this.#at ?? this.#from, this.#at !== undefined);
    while (at !== undefined && at >= this.#from && at < this.#to) {
      const value = this.#entries.get(at);
      if (value !== undefined && this.#matches(at)) {
        this.#at = at;
        this.key = Buffer.from(at, 'latin1');
        this.value = value;
        return true;
      }
      at = this.#range.reverse ? this.#sorted.before(at) : this.#after(at);
    }
    return false;
  }

  #matches(key: string): boolean {
    return this.#suffix === null || key.slice(this.#range.suffixAt) === this.#suffix;
  }

  #after(key: string): string | undefined {
    if (this.#suffix === null || this.#matches(key)) return this.#sorted.atOrAfter(key, true);
    const jump = jumpToSuffix(key, this.#suffix, this.#range.suffixAt);
    return jump === null ? undefined : this.#sorted.atOrAfter(jump, false);
  }

  close(): void {
    this.#at = this.#range.reverse ? this.#from : this.#to;
  }
}
