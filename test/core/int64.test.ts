import { expect, it } from 'vitest';
import { readInt64, writeInt64 } from '../../src/core/int64.ts';

it.each([0, 1, -1, 255, 2 ** 31, 2 ** 32, 2 ** 32 + 5, -(2 ** 40) - 3, 1_732_123_456_789, Number.MAX_SAFE_INTEGER])(
  'writes and reads %i as a 64-bit integer',
  (value) => {
    const bytes = Buffer.alloc(9);
    writeInt64(bytes, value, 1);
    expect(bytes.readBigInt64BE(1)).toBe(BigInt(value));
    expect(readInt64(bytes, 1)).toBe(value);
  },
);
