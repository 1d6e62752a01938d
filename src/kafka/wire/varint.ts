/**
 * Kafka's zigzag variable-length integers (as in protocol buffers) over doubles: exact up to 2^53, which covers every
 * offset and timestamp a JavaScript number can hold.
 */

/** Bytes that the zigzag form of `value` takes. */
export function varintSize(value: number): number {
  if (value >= -0x40000000 && value < 0x40000000) {
    const zigzag = (value << 1) ^ (value >> 31);
    if (zigzag < 0x80) return 1;
    if (zigzag < 0x4000) return 2;
    if (zigzag < 0x200000) return 3;
    return zigzag < 0x10000000 ? 4 : 5;
  }
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  let size = 1;
  while (rest >= 128) {
    rest = Math.floor(rest / 128);
    size++;
  }
  return size;
}

/** Writes the zigzag form at `at`; answers the position after it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  if (value >= -0x40000000 && value < 0x40000000) {
    let zigzag = (value << 1) ^ (value >> 31);
    while (zigzag >= 0x80) {
      bytes[at++] = (zigzag & 0x7f) | 0x80;
      zigzag >>>= 7;
    }
    bytes[at++] = zigzag;
    return at;
  }
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  while (rest >= 128) {
    bytes[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  bytes[at++] = rest;
  return at;
}
