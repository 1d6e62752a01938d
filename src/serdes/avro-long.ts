import avsc from 'avsc';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** Avro's `long` as a bigint. avsc unpacks the varint to 8 bytes, little-endian. */
export function bigintLong(): avsc.Type {
  return avsc.types.LongType['__with']({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(0),
    toBuffer(value: bigint): Buffer {
      const bytes = Buffer.allocUnsafe(8);
      bytes.writeBigInt64LE(value, 0);
      return bytes;
    },
    fromJSON: (value: number | string) => BigInt(value),
    toJSON: (value: bigint) => (value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : String(value)),
    isValid: (value: unknown) => typeof value === 'bigint' && value >= MIN && value <= MAX,
    compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
  });
}
