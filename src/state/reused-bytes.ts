/** Views of up to this length are kept. */
const MOST_KEPT = 512;

/** One buffer for bytes that are needed for a moment only, each time in the length asked for: nothing is allocated. */
export class ReusedBytes {
  readonly #bytes = Buffer.alloc(MOST_KEPT);
  readonly #views: (Buffer | undefined)[] = [];

  /** Room of that length. The next call gives out the same again. */
  take(length: number): Buffer {
    if (length > MOST_KEPT) return Buffer.allocUnsafe(length);
    return (this.#views[length] ??= this.#bytes.subarray(0, length));
  }
}
