/** Cuts a stream of bytes into Kafka's frames: a length of four bytes, then that many. */
export class Frames {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #held = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The frames that are complete with this chunk. @throws RangeError for a frame beyond the limit */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    const frames: Buffer[] = [];
    while (this.#held >= 4) {
      const length = this.#front(4).readInt32BE(0);
      if (length < 0 || length > this.#maxBytes) throw new RangeError(`a frame of ${length} bytes`);
      if (this.#held < 4 + length) break;
      const whole = this.#front(4 + length);
      frames.push(whole.subarray(4, 4 + length));
      this.#drop(4 + length);
    }
    return frames;
  }

  /** The first chunk, with at least that many bytes; copies only when they span chunks. */
  #front(bytes: number): Buffer {
    const first = this.#chunks[0];
    if (first && first.length >= bytes) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  #drop(bytes: number): void {
    const first = this.#chunks[0];
    this.#held -= bytes;
    if (!first || first.length === bytes) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(bytes);
  }
}
