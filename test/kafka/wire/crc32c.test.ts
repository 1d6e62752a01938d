import { describe, expect, it } from 'vitest';
import { crc32c, crc32cByTable } from '../../../src/kafka/wire/crc32c.ts';

describe('crc32c', () => {
  it('answers the check value of the polynomial', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('answers the values of RFC 3720, appendix B.4', () => {
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e);
  });

  it('looks at the range asked for only', () => {
    expect(crc32c(Buffer.from('xx123456789yyy'), 2, 11)).toBe(0xe3069283);
    expect(crc32c(Buffer.from('abc'), 1, 1)).toBe(0);
  });

  it('answers the same by table and natively, whatever the length', () => {
    const bytes = Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * i + (i >> 3)) & 0xff));
    for (const length of [511, 512, 513, 1_000, 4_099]) {
      expect(crc32c(bytes, 21, 21 + length)).toBe(crc32cByTable(bytes, 21, 21 + length));
    }
  });
});
