import type { Serde } from '../core/serde.ts';

/** Whole numbers from 0 to 2^53 - 1 as 8 bytes, big endian: their order as bytes is their order as numbers. */
export const sequenceSerde: Serde<number> = Object.freeze({
  name: 'sequence',
  serialize: (_topic: string, value: number) => {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeUInt32BE(Math.floor(value / 0x1_0000_0000), 0);
    bytes.writeUInt32BE(value >>> 0, 4);
    return bytes;
  },
  deserialize: (_topic: string, bytes: Buffer) => bytes.readUInt32BE(0) * 0x1_0000_0000 + bytes.readUInt32BE(4),
});
