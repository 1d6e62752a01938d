const HIGH = 0x1_0000_0000;

/** Writes a whole number as 8 bytes, big endian, two's complement; exact for every safe integer. No bigint, for speed. */
export function writeInt64(bytes: Buffer, value: number, offset: number): void {
  const high = Math.floor(value / HIGH) | 0;
  // The lower half of a safe integer, negative ones too.
  const low = value | 0;
  bytes[offset] = high >>> 24;
  bytes[offset + 1] = high >>> 16;
  bytes[offset + 2] = high >>> 8;
  bytes[offset + 3] = high;
  bytes[offset + 4] = low >>> 24;
  bytes[offset + 5] = low >>> 16;
  bytes[offset + 6] = low >>> 8;
  bytes[offset + 7] = low;
}

export function readInt64(bytes: Buffer, offset: number): number {
  return bytes.readInt32BE(offset) * HIGH + bytes.readUInt32BE(offset + 4);
}
