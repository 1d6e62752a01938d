import { describe, expect, it } from 'vitest';
import { prepareZstd, zstdCodec } from '../../../src/kafka/wire/zstd.ts';

await prepareZstd();
const codec = zstdCodec();

/** 3,000,000 zeros from a streaming writer: the frame does not say how large they are. */
const STREAMED = Buffer.from(
  '28b52ffd00585400001000000100fbff39c00202001000020010000200100002001000020010000200100002001000020010000200100002001000020010000200100002001000020010000200100002001000020010000200100002001000020010000200100003360e00',
  'hex',
);

describe('zstd', () => {
  it('reads what it wrote, be it nothing or more than a batch', () => {
    for (const size of [0, 1, 1000, 3_000_000]) {
      const bytes = Buffer.alloc(size, 'topology ');
      expect(codec.decompress(codec.compress(bytes)).equals(bytes), `${size} bytes`).toBe(true);
    }
  });

  it('compresses to a frame with zstd’s magic number', () => {
    expect(codec.compress(Buffer.from('x')).readUInt32LE(0)).toBe(0xfd2fb528);
  });

  it('reads a frame whose size is not written in it, as a streaming writer leaves it', () => {
    expect(codec.decompress(STREAMED).equals(Buffer.alloc(3_000_000))).toBe(true);
  });

  it('refuses bytes that are no frame', () => {
    expect(() => codec.decompress(Buffer.from('no frame at all'))).toThrow(Error);
  });
});
