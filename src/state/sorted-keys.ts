const BLOCK = 512;

/** As many keys more than this part of those there are, and all are sorted anew. */
const PART = 8;

/**
 * Strings in order, as a list of sorted blocks: a key costs a move inside one block, about a microsecond with a million
 * keys. Keys wait unsorted until somebody asks for an order: a store that is seldom read in order sorts many at once, and
 * one that never is pays nothing. Keys are bytes as latin1, so that the order of the strings is the order of the bytes.
 */
export class SortedKeys {
  #blocks: string[][] = [];
  #sorted = 0;
  #added: string[] = [];

  constructor(keys: Iterable<string> = []) {
    this.#added = [...keys];
  }

  add(key: string): void {
    this.#added.push(key);
  }

  /** Brings the keys that were added since the last time into the order. */
  #settle(): void {
    if (this.#added.length === 0) return;
    const added = this.#added;
    this.#added = [];
    if (added.length * PART < this.#sorted) {
      for (const key of added) this.#insert(key);
      return;
    }
    const all = this.#blocks.flat();
    for (const key of added) all.push(key);
    all.sort(compare);
    const keys = all.filter((key, i) => key !== all[i - 1]);
    this.#sorted = keys.length;
    this.#blocks = [];
    for (let i = 0; i < keys.length; i += BLOCK / 2) this.#blocks.push(keys.slice(i, i + BLOCK / 2));
  }

  #insert(key: string): void {
    const at = Math.max(0, this.#blockOf(key));
    const block = this.#blocks[at];
    if (block === undefined) {
      this.#blocks.push([key]);
      this.#sorted++;
      return;
    }
    const i = lowerBound(block, key);
    if (block[i] === key) return;
    this.#sorted++;
    block.splice(i, 0, key);
    if (block.length > BLOCK) this.#blocks.splice(at + 1, 0, block.splice(BLOCK / 2));
  }

  delete(key: string): void {
    this.#settle();
    const at = this.#blockOf(key);
    const block = this.#blocks[at];
    if (block === undefined) return;
    const i = lowerBound(block, key);
    if (block[i] !== key) return;
    this.#sorted--;
    block.splice(i, 1);
    if (block.length === 0) this.#blocks.splice(at, 1);
  }

  /** The first key that is not below `from`; above it when `exclusive`. */
  atOrAfter(from: string, exclusive: boolean): string | undefined {
    this.#settle();
    const at = Math.max(0, this.#blockOf(from));
    const block = this.#blocks[at];
    if (block === undefined) return undefined;
    let i = lowerBound(block, from);
    if (exclusive && block[i] === from) i++;
    return block[i] ?? this.#blocks[at + 1]?.[0];
  }

  /** The last key below `to`. */
  before(to: string): string | undefined {
    this.#settle();
    let at = this.#blockOf(to);
    const i = at < 0 ? 0 : lowerBound(this.#blocks[at] ?? [], to);
    if (i > 0) return this.#blocks[at]?.[i - 1];
    at--;
    return this.#blocks[at]?.at(-1);
  }

  /** Index of the last block that begins at or below the key; -1: none. */
  #blockOf(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#blocks[middle]?.[0] ?? '') <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function lowerBound(block: readonly string[], key: string): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((block[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
