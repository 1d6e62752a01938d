/** Records of one page at most. */
export const PAGE_RECORDS = 512;
/** What a record takes beside its key and value: the numbers below, and its share of the slots. */
export const RECORD_BYTES = 52;
const KEY_BYTES = 8 * 1024;
const VALUE_BYTES = 64 * 1024;
const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Up to {@link PAGE_RECORDS} records one behind the other: their bytes in two buffers, all else in arrays of numbers, so
 * that a record is no object. A page that is not needed any more is used again.
 */
export class RecordPage {
  /** Number of the first record; the others follow. */
  first = 0;
  count = 0;
  /** The highest time of its records. */
  maxTime = -1;
  /** What was added to all pages before this one, in bytes. */
  bytesBefore = 0;
  readonly times = new Float64Array(PAGE_RECORDS);
  readonly sequences = new Int32Array(PAGE_RECORDS);
  readonly hashes = new Int32Array(PAGE_RECORDS);
  /** The number of the record that came before it among those of one slot; -1: none. */
  readonly nexts = new Float64Array(PAGE_RECORDS);
  /** The highest time from there on. */
  readonly latestBefore = new Float64Array(PAGE_RECORDS);
  readonly #keyEnds = new Int32Array(PAGE_RECORDS);
  readonly #valueEnds = new Int32Array(PAGE_RECORDS);
  #keys: Buffer = Buffer.allocUnsafeSlow(KEY_BYTES);
  #values: Buffer = EMPTY;

  /** Makes it an empty page with room for at least such a record. */
  begin(first: number, bytesBefore: number, keyLength: number, valueLength: number): void {
    this.first = first;
    this.count = 0;
    this.maxTime = -1;
    this.bytesBefore = bytesBefore;
    this.#keys = roomFor(this.#keys, KEY_BYTES, keyLength);
    this.#values = roomFor(this.#values, VALUE_BYTES, valueLength);
  }

  /** What all but the values takes in memory. */
  get indexBytes(): number {
    return PAGE_RECORDS * RECORD_BYTES + this.#keys.length;
  }

  /** What the values take in memory; 0 once they were let go. */
  get valueBytes(): number {
    return this.#values.length;
  }

  /** The number after that of the last record. */
  get end(): number {
    return this.first + this.count;
  }

  fits(keyLength: number, valueLength: number): boolean {
    const { count } = this;
    if (count === PAGE_RECORDS) return false;
    return (
      this.#endOf(this.#keyEnds, count) + keyLength <= this.#keys.length &&
      this.#endOf(this.#valueEnds, count) + valueLength <= this.#values.length
    );
  }

  /** Copies both; the caller fills the arrays. Answers the record's place in the page. */
  add(key: Buffer, value: Buffer): number {
    const at = this.count++;
    const keyAt = this.#endOf(this.#keyEnds, at);
    const valueAt = this.#endOf(this.#valueEnds, at);
    this.#keys.set(key, keyAt);
    this.#values.set(value, valueAt);
    this.#keyEnds[at] = keyAt + key.length;
    this.#valueEnds[at] = valueAt + value.length;
    return at;
  }

  hasKey(at: number, key: Buffer): boolean {
    const from = this.#endOf(this.#keyEnds, at);
    const { length } = key;
    if (this.#endOf(this.#keyEnds, at + 1) - from !== length) return false;
    const keys = this.#keys;
    for (let i = 0; i < length; i++) if (keys[from + i] !== key[i]) return false;
    return true;
  }

  /** A view. */
  key(at: number): Buffer {
    return this.#keys.subarray(this.#endOf(this.#keyEnds, at), this.#endOf(this.#keyEnds, at + 1));
  }

  /** A view; null: the values were let go. */
  value(at: number): Buffer | null {
    if (this.#values.length === 0) return null;
    return this.#values.subarray(this.#endOf(this.#valueEnds, at), this.#endOf(this.#valueEnds, at + 1));
  }

  /** {@link value} in a buffer of its own. */
  copyValue(at: number): Buffer | null {
    if (this.#values.length === 0) return null;
    const from = this.#endOf(this.#valueEnds, at);
    const to = this.#endOf(this.#valueEnds, at + 1);
    const copy = Buffer.allocUnsafe(to - from);
    this.#values.copy(copy, 0, from, to);
    return copy;
  }

  letValuesGo(): void {
    this.#values = EMPTY;
  }

  /** Where what stands before that place ends. */
  #endOf(ends: Int32Array, at: number): number {
    return at === 0 ? 0 : (ends[at - 1] ?? 0);
  }
}

/** The buffer itself, where it is of the usual size and that is enough. */
function roomFor(buffer: Buffer, usual: number, least: number): Buffer {
  const size = Math.max(usual, least);
  return buffer.length === size ? buffer : Buffer.allocUnsafeSlow(size);
}
