import { describe, expect, it } from 'vitest';

import { serdes } from '../../src/serdes/serdes.ts';

const hex = (bytes: Buffer): string => bytes.toString('hex');

describe('int32', () => {
  it('writes the bytes of Kafka’s IntegerSerializer', () => {
    expect(hex(serdes.int32.serialize('t', 1))).toBe('00000001');
    expect(hex(serdes.int32.serialize('t', -2))).toBe('fffffffe');
  });

  it('reads what it wrote', () => {
    for (const value of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      expect(serdes.int32.deserialize('t', serdes.int32.serialize('t', value))).toBe(value);
    }
  });

  it('refuses what does not fit 32 bits, without quoting it', () => {
    for (const value of [2 ** 31, 1.5, Number.NaN]) {
      expect(() => serdes.int32.serialize('t', value)).toThrow(/^int32: expected an integer .*, got another number$/);
    }
    expect(() => serdes.int32.deserialize('t', Buffer.alloc(3))).toThrow('int32: expected 4 bytes, got 3');
  });
});

describe('int64', () => {
  it('writes the bytes of Kafka’s LongSerializer', () => {
    expect(hex(serdes.int64.serialize('t', 1))).toBe('0000000000000001');
    expect(hex(serdes.int64.serialize('t', -1))).toBe('ffffffffffffffff');
    expect(hex(serdes.int64.serialize('t', 2 ** 32 + 5))).toBe('0000000100000005');
    expect(hex(serdes.int64.serialize('t', -(2 ** 32)))).toBe('ffffffff00000000');
  });

  it('agrees with a bigint over the whole safe range', () => {
    const edges = [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 32 - 1, 2 ** 32, 1_700_000_000_123];
    for (const value of [...edges, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
      const bytes = serdes.int64.serialize('t', value);
      expect(bytes.readBigInt64BE()).toBe(BigInt(value));
      expect(serdes.int64.deserialize('t', bytes)).toBe(value);
    }
  });

  it('throws beyond 2^53 in both directions', () => {
    expect(() => serdes.int64.serialize('t', 2 ** 53)).toThrow(/int64: expected an integer within/);
    const large = serdes.bigint64.serialize('t', 2n ** 53n);
    expect(() => serdes.int64.deserialize('t', large)).toThrow(/read it with bigint64/);
  });

  it('names the length that it got', () => {
    expect(() => serdes.int64.deserialize('t', Buffer.alloc(4))).toThrow('int64: expected 8 bytes, got 4');
  });
});

describe('bigint64', () => {
  it('reads what it wrote at both ends', () => {
    for (const value of [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(serdes.bigint64.deserialize('t', serdes.bigint64.serialize('t', value))).toBe(value);
    }
  });
});

describe('float64', () => {
  it('writes the bytes of Kafka’s DoubleSerializer', () => {
    expect(hex(serdes.float64.serialize('t', 1.5))).toBe('3ff8000000000000');
    expect(serdes.float64.deserialize('t', Buffer.from('c000000000000000', 'hex'))).toBe(-2);
  });
});

describe('boolean', () => {
  it('is one byte, 0 or 1', () => {
    expect(hex(serdes.boolean.serialize('t', true))).toBe('01');
    expect(serdes.boolean.deserialize('t', Buffer.of(0))).toBe(false);
    expect(() => serdes.boolean.deserialize('t', Buffer.of(2))).toThrow('boolean: expected a byte 0 or 1');
  });
});
