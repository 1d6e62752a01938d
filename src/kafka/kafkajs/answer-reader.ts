/** The length that stands before each answer. */
const PREFIX_BYTES = 4;
/** Where short answers, and the beginnings of long ones, are read to. */
const SCRATCH_BYTES = 64 * 1024;
/** More than any answer: whoever sends this speaks another protocol (a TLS alert read as a length is 352 MB). */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/**
 * Cuts what a socket reads into answers. A long one is read by the kernel into the memory that it is used from: nothing is
 * put together out of pieces, and no buffer is made for each read.
 *
 *     read into room() → took(bytes) → each whole answer goes to `onAnswer`, its length still before it
 */
export class AnswerReader {
  readonly #onAnswer: (answer: Buffer) => void;
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  /** Bytes at the beginning of the scratch that are less than a length. */
  #held = 0;
  /** The answer that is being read, and how much of it is there. */
  #answer: Buffer | null = null;
  #filled = 0;

  constructor(onAnswer: (answer: Buffer) => void) {
    this.#onAnswer = onAnswer;
  }

  /** Where the next bytes go; never empty. */
  room(): Buffer {
    return this.#answer === null ? this.#scratch.subarray(this.#held) : this.#answer.subarray(this.#filled);
  }

  /** So many bytes have been read into {@link room}. @throws RangeError where no answer can begin so */
  took(bytes: number): void {
    const answer = this.#answer;
    if (answer === null) {
      this.#cut(this.#held + bytes);
      return;
    }
    this.#filled += bytes;
    if (this.#filled < answer.length) return;
    this.#answer = null;
    this.#onAnswer(answer);
  }

  /** The scratch has so many bytes. */
  #cut(end: number): void {
    const scratch = this.#scratch;
    let at = 0;
    while (end - at >= PREFIX_BYTES) {
      const length = scratch.readInt32BE(at);
      if (length < 0 || length > MAX_ANSWER_BYTES) throw new RangeError(`an answer cannot have ${length} bytes`);
      const next = at + PREFIX_BYTES + length;
      const answer = Buffer.allocUnsafe(PREFIX_BYTES + length);
      scratch.copy(answer, 0, at, Math.min(next, end));
      if (next > end) {
        this.#answer = answer;
        this.#filled = end - at;
        this.#held = 0;
        return;
      }
      at = next;
      this.#onAnswer(answer);
    }
    scratch.copyWithin(0, at, end);
    this.#held = end - at;
  }
}
