const HIGH = 0x1_0000_0000;

/** Writes a whole number as 8 bytes, big endian, two's complement; exact for every safe integer. No bigint, for speed. */
export function writeInt64(bytes: Buffer, value: number, offset: number): void {
  const high = Math.floor(value / HIGH);
  bytes.writeInt32BE(high, offset);
  bytes.writeUInt32BE(value - high * HIGH, offset + 4);
}

export function readInt64(bytes: Buffer, offset: number): number {
  return bytes.readInt32BE(offset) * HIGH + bytes.readUInt32BE(offset + 4);
}
