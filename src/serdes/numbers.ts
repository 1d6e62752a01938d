import { StreamsError } from '../core/errors.ts';
import { readInt64, writeInt64 } from '../core/int64.ts';
import type { Serde } from '../core/serde.ts';

/** 4 bytes, big-endian: Kafka's `IntegerSerializer`. */
export const int32: Serde<number> = Object.freeze({
  name: 'int32',
  serialize(_topic: string, value: number): Buffer {
    if ((value | 0) !== value) throw misfit('int32', 'an integer from -2^31 to 2^31 - 1', value);
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeInt32BE(value, 0);
    return bytes;
  },
  deserialize(_topic: string, bytes: Buffer): number {
    expectLength('int32', bytes, 4);
    return bytes.readInt32BE(0);
  },
});

/**
 * 8 bytes, big-endian: Kafka's `LongSerializer`, as a JS number. Beyond 2^53 a number is no longer exact: both
 * directions throw there; use `bigint64` for such values.
 */
export const int64: Serde<number> = Object.freeze({
  name: 'int64',
  serialize(_topic: string, value: number): Buffer {
    if (!Number.isSafeInteger(value)) throw misfit('int64', 'an integer within ±(2^53 - 1)', value);
    const bytes = Buffer.allocUnsafe(8);
    writeInt64(bytes, value, 0);
    return bytes;
  },
  deserialize(_topic: string, bytes: Buffer): number {
    expectLength('int64', bytes, 8);
    const value = readInt64(bytes, 0);
    if (!Number.isSafeInteger(value)) {
      throw new StreamsError('DESERIALIZATION', 'int64: the value is beyond 2^53 - 1; read it with bigint64');
    }
    return value;
  },
});

/** 8 bytes, big-endian: Kafka's `LongSerializer`, as a bigint. */
export const bigint64: Serde<bigint> = Object.freeze({
  name: 'bigint64',
  serialize(_topic: string, value: bigint): Buffer {
    if (typeof value !== 'bigint') throw misfit('bigint64', 'a bigint', value);
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigInt64BE(value, 0);
    return bytes;
  },
  deserialize(_topic: string, bytes: Buffer): bigint {
    expectLength('bigint64', bytes, 8);
    return bytes.readBigInt64BE(0);
  },
});

/** 8 bytes, IEEE 754, big-endian: Kafka's `DoubleSerializer`. */
export const float64: Serde<number> = Object.freeze({
  name: 'float64',
  serialize(_topic: string, value: number): Buffer {
    if (typeof value !== 'number') throw misfit('float64', 'a number', value);
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeDoubleBE(value, 0);
    return bytes;
  },
  deserialize(_topic: string, bytes: Buffer): number {
    expectLength('float64', bytes, 8);
    return bytes.readDoubleBE(0);
  },
});

/** One byte, 0 or 1: Kafka's `BooleanSerializer`. */
export const boolean: Serde<boolean> = Object.freeze({
  name: 'boolean',
  serialize(_topic: string, value: boolean): Buffer {
    if (typeof value !== 'boolean') throw misfit('boolean', 'a boolean', value);
    return Buffer.of(value ? 1 : 0);
  },
  deserialize(_topic: string, bytes: Buffer): boolean {
    expectLength('boolean', bytes, 1);
    const byte = bytes[0];
    if (byte !== 0 && byte !== 1) throw new StreamsError('DESERIALIZATION', 'boolean: expected a byte 0 or 1');
    return byte === 1;
  },
});

/** The type is named and the value is not: records may be personal data, and messages end up in logs. */
function misfit(serde: string, expected: string, value: unknown): StreamsError {
  const got = typeof value === 'number' ? 'another number' : value === null ? 'null' : typeof value;
  return new StreamsError('SERIALIZATION', `${serde}: expected ${expected}, got ${got}`);
}

function expectLength(serde: string, bytes: Buffer, length: number): void {
  if (bytes.length !== length) {
    throw new StreamsError('DESERIALIZATION', `${serde}: expected ${length} bytes, got ${bytes.length}`);
  }
}
