/** The store's number stands in front of each key on disk. */
export const ORDER_AT = 2;
/** Up to this length a loop beats the call into TypedArray.set. */
const COPY_BY_HAND = 32;
const FIRST_ROOM = 256;

/** Differs from process to process, so that nobody can choose keys that all fall on one place of a table. */
const SEED = Math.floor(Math.random() * 0x1_0000_0000) | 0;

/**
 * One key of a store as it stands on disk, composed in a buffer that the next key uses again: the store's number (2 bytes),
 * then the store's key. No string and no Buffer is made of it on the way to the writes and the disk.
 */
export class ScratchKey {
  bytes: Buffer = Buffer.alloc(FIRST_ROOM);
  /** Where the key ends. */
  end = ORDER_AT;
  /** Views of each length that was asked for, of the buffer as it is. */
  #views: (Buffer | undefined)[] = [];

  constructor(number: number) {
    this.bytes.writeUInt16BE(number, 0);
  }

  /** Room for a key of that length, to be written from {@link ORDER_AT} on. */
  begin(length: number): Buffer {
    const end = ORDER_AT + length;
    if (end > this.bytes.length) {
      this.bytes = Buffer.concat([this.bytes.subarray(0, ORDER_AT)], end * 2);
      this.#views = [];
    }
    this.end = end;
    return this.bytes;
  }

  /** A key as latin1. */
  setText(key: string): this {
    this.begin(key.length).write(key, ORDER_AT, 'latin1');
    return this;
  }

  /** Bytes as they stand on disk, number included. */
  setBytes(from: Buffer, at: number, length: number): this {
    copyBytes(from, at, length, this.begin(length - ORDER_AT), 0);
    return this;
  }

  /** The key as latin1, without the number. */
  text(): string {
    return this.bytes.toString('latin1', ORDER_AT, this.end);
  }

  /** The key on disk. The next key changes it. */
  view(): Buffer {
    return (this.#views[this.end] ??= this.bytes.subarray(0, this.end));
  }

  /** 32 bits of the key without the number (the rounds of MurmurHash3). */
  hash(): number {
    const { bytes, end } = this;
    let h = SEED ^ end;
    let at = ORDER_AT;
    for (const last = end - 4; at <= last; at += 4) {
      h = round(
        h,
        (bytes[at] as number) |
          ((bytes[at + 1] as number) << 8) |
          ((bytes[at + 2] as number) << 16) |
          ((bytes[at + 3] as number) << 24),
      );
    }
    let rest = 0;
    for (; at < end; at++) rest = (rest << 8) | (bytes[at] as number);
    h = round(h, rest);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return h ^ (h >>> 16);
  }
}

function round(h: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const mixed = h ^ k;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

export function copyBytes(from: Buffer, at: number, length: number, to: Buffer, toAt: number): void {
  if (length > COPY_BY_HAND) from.copy(to, toAt, at, at + length);
  else for (let i = 0; i < length; i++) to[toAt + i] = from[at + i] as number;
}
