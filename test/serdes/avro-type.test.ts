import { describe, expect, it } from 'vitest';

import type { AvroJson, AvroType } from '../../src/serdes/avro-schema.ts';
import { avroType, sameValues } from '../../src/serdes/avro-type.ts';
import type { AvroTypeOptions } from '../../src/serdes/avro-type.ts';

const holder = (type: AvroType): AvroJson => ({ type: 'record', name: 'Holder', fields: [{ name: 'f', type }] });
const roundTrip = (type: AvroType, value: unknown, options?: AvroTypeOptions): unknown => {
  const compiled = avroType(holder(type), options);
  return (compiled.fromBuffer(compiled.toBuffer({ f: value })) as { readonly f: unknown }).f;
};

describe('a long', () => {
  it('is a number, and throws beyond 2^53 in both directions', () => {
    expect(roundTrip('long', 2 ** 53 - 2)).toBe(2 ** 53 - 2);
    expect(() => roundTrip('long', 2 ** 60)).toThrow(/invalid "long"/);
    const large = avroType(holder('long'), { longs: 'bigint' }).toBuffer({ f: 2n ** 60n });
    expect(() => avroType(holder('long')).fromBuffer(large)).toThrow(/precision/);
  });

  it('is a bigint where asked for, with attributes too', () => {
    for (const type of ['long', { type: 'long', logicalType: 'timestamp-micros' }] as const) {
      for (const value of [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
        expect(roundTrip(type, value, { longs: 'bigint' })).toBe(value);
      }
    }
    expect(() => roundTrip('long', 2n ** 63n, { longs: 'bigint' })).toThrow(/BigInt/);
  });

  it('as a bigint reads what an int wrote', () => {
    const reader = avroType(holder('long'), { longs: 'bigint' });
    const writer = avroType(holder('int'), { longs: 'bigint' });
    expect(reader.fromBuffer(writer.toBuffer({ f: -7 }), reader.createResolver(writer))).toEqual({ f: -7n });
  });
});

describe('times', () => {
  it('are numbers in the schema’s own unit', () => {
    expect(roundTrip({ type: 'long', logicalType: 'timestamp-millis' }, 1_700_000_000_123)).toBe(1_700_000_000_123);
    expect(roundTrip({ type: 'long', logicalType: 'timestamp-micros' }, 1_700_000_000_123_456)).toBe(
      1_700_000_000_123_456,
    );
    expect(roundTrip({ type: 'int', logicalType: 'date' }, 20_000)).toBe(20_000);
  });
});

describe('a decimal', () => {
  const decimal = { type: 'bytes', logicalType: 'decimal', precision: 6, scale: 2 } as const;

  it('is a text with all its digits', () => {
    for (const [written, read] of [
      ['12.5', '12.50'],
      ['-0.01', '-0.01'],
      ['0', '0.00'],
      ['9999.99', '9999.99'],
      ['-1.28', '-1.28'],
    ]) {
      expect(roundTrip(decimal, written)).toBe(read);
      expect(roundTrip({ ...decimal, type: 'fixed', name: 'D', size: 4 }, written)).toBe(read);
      expect(roundTrip(['null', decimal], written)).toBe(read);
    }
  });

  it('has the bytes of the specification: two’s complement, big-endian, shortest', () => {
    const bytes = (value: string): string => avroType(holder(decimal)).toBuffer({ f: value }).toString('hex');
    expect(bytes('1.27')).toBe('027f');
    expect(bytes('1.28')).toBe('040080');
    expect(bytes('-1.28')).toBe('0280');
    expect(bytes('0')).toBe('0200');
  });

  it('refuses more digits than it has', () => {
    for (const value of ['1.234', '10000.00', 'x', '', 1.5]) {
      expect(avroType(holder(decimal)).isValid({ f: value })).toBe(false);
    }
  });

  it('is null in a nullable field', () => {
    expect(roundTrip(['null', decimal], null)).toBeNull();
  });

  it('without a precision is what is under it', () => {
    expect(roundTrip({ type: 'bytes', logicalType: 'decimal' }, Buffer.from('x'))).toEqual(Buffer.from('x'));
  });

  it('reads one of the same scale and less precision', () => {
    const reader = avroType(holder(decimal));
    const writer = avroType(holder({ ...decimal, precision: 4 }));
    expect(reader.fromBuffer(writer.toBuffer({ f: '1.50' }), reader.createResolver(writer))).toEqual({ f: '1.50' });
    expect(() => reader.createResolver(avroType(holder({ ...decimal, scale: 3 })))).toThrow(/cannot read/);
  });
});

describe('a uuid', () => {
  const id = '0f8fad5b-d9cb-469f-a165-70867728950e';

  it('is a text, over string and over fixed(16)', () => {
    expect(roundTrip({ type: 'string', logicalType: 'uuid' }, id)).toBe(id);
    expect(roundTrip({ type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' }, id)).toBe(id);
    expect(() => roundTrip({ type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' }, 'x')).toThrow(/./);
  });
});

describe('a union', () => {
  it('is the bare value where JS can tell the branches apart', () => {
    expect(roundTrip(['null', 'string'], 'x')).toBe('x');
    expect(roundTrip(['null', 'string', 'int', 'boolean'], true)).toBe(true);
  });

  it('is wrapped where it cannot', () => {
    expect(roundTrip(['int', 'double'], { double: 1.5 })).toEqual({ double: 1.5 });
  });
});

describe('a record', () => {
  it('is a plain object, nested ones too', () => {
    const inner = { type: 'record', name: 'Inner', fields: [{ name: 'x', type: 'int' }] } as const;
    const read = roundTrip({ type: 'array', items: ['null', inner] }, [{ x: 1 }, null]);
    expect(read).toStrictEqual([{ x: 1 }, null]);
  });

  it('may hold itself', () => {
    const list = holder(['null', 'Holder']);
    const compiled = avroType(list);
    expect(compiled.fromBuffer(compiled.toBuffer({ f: { f: null } }))).toStrictEqual({ f: { f: null } });
  });

  it('of an invalid schema is SCHEMA_INVALID', () => {
    expect(() => avroType(holder('Nowhere'))).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID' }));
  });
});

describe('two schemas', () => {
  const same = (a: AvroType, b: AvroType): boolean => sameValues(avroType(holder(a)), avroType(holder(b)));
  const inner = { type: 'record', name: 'Inner', fields: [{ name: 'x', type: 'int' }] } as const;

  it('have the same values when they differ in documentation and defaults', () => {
    const documented = { ...inner, doc: 'why', fields: [{ name: 'x', type: 'int', default: 1, doc: 'what' }] };
    expect(same(inner, documented)).toBe(true);
    expect(same('string', { type: 'string' })).toBe(true);
  });

  it('have other values when a field, a type or a logical type differs', () => {
    const decimal = { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 } as const;
    expect(same('int', 'long')).toBe(false);
    expect(same(inner, { ...inner, fields: [{ name: 'y', type: 'int' }] })).toBe(false);
    expect(same('bytes', decimal)).toBe(false);
    expect(same(decimal, { ...decimal, scale: 1 })).toBe(false);
  });
});
