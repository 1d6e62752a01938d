/**
 * Keys as 53-bit fingerprints, sorted: 8 bytes for each, however long it is. Two different keys have the same one with a
 * chance of one in 10^16, so `has` may, next to never, say yes of a key that is not there; it never says no of one that is.
 */
export class KeySet {
  readonly #sorted: Float64Array;

  private constructor(sorted: Float64Array) {
    this.#sorted = sorted;
  }

  /** Of the keys that are not null. */
  static of(keys: Iterable<string | null>): KeySet {
    const prints: number[] = [];
    for (const key of keys) if (key !== null) prints.push(fingerprint(key));
    return new KeySet(Float64Array.from(prints).sort());
  }

  static union(sets: readonly KeySet[]): KeySet {
    const all = new Float64Array(sets.reduce((sum, { size }) => sum + size, 0));
    let at = 0;
    for (const set of sets) {
      all.set(set.#sorted, at);
      at += set.size;
    }
    return new KeySet(all.sort());
  }

  get size(): number {
    return this.#sorted.length;
  }

  get bytes(): number {
    return this.#sorted.byteLength;
  }

  has(key: string): boolean {
    return this.#holds(fingerprint(key));
  }

  /** Whether some key is in both. */
  meets(other: KeySet): boolean {
    const [few, many] = this.size < other.size ? [this, other] : [other, this];
    if (many.size === 0) return false;
    for (const print of few.#sorted) if (many.#holds(print)) return true;
    return false;
  }

  without(other: KeySet): KeySet {
    return new KeySet(this.#sorted.filter((print) => !other.#holds(print)));
  }

  #holds(print: number): boolean {
    const sorted = this.#sorted;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) < print) low = middle + 1;
      else high = middle;
    }
    return sorted[low] === print;
  }
}

/** Two mixed hashes of 32 bits (cyrb53, public domain), of which 53 bits fit a number. */
function fingerprint(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
