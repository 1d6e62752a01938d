import { describe, expect, it } from 'vitest';
import { nullable } from '../../../src/sinks/delta/encode-value.ts';
import { array, type DeltaType, field, map, struct } from '../../../src/sinks/delta/schema.ts';

const encode = (type: DeltaType, value: unknown, allowed = true): unknown =>
  nullable(type, allowed)(value, 'c', { bytes: 0 });

describe('encoding a value', () => {
  it.each<[DeltaType, unknown, unknown]>([
    ['long', 5, 5n],
    ['long', -(2n ** 63n), -(2n ** 63n)],
    ['byte', -128, -128],
    ['float', 0.1, Math.fround(0.1)],
    ['date', '1969-12-31', -1],
    ['date', new Date('2026-01-01T23:59:59Z'), 20454],
    ['timestamp', new Date(1), 1000n],
    ['timestamp', 1.5, 1500n],
    ['timestamp', 7n, 7n],
    ['timestamp', '1970-01-01T01:00:00.000001+01:00', 1n],
    ['timestamp', '1969-12-31T23:59:59.999999Z', -1n],
    ['timestamp_ntz', '1970-01-01 00:00:01', 1_000_000n],
    ['decimal(9,2)', '-12.34', -1234n],
    ['decimal(9,2)', 1, 100n],
    ['decimal(9,2)', 1.25, 125n],
    ['decimal(9,2)', 7n, 7n],
    ['decimal(38,10)', '1e3', 10_000_000_000_000n],
    ['string', 'a\ud800b', 'a\ufffdb'],
    ['string', '😀', '😀'],
    [array('long'), [1, null], [1n, null]],
    [map('string', 'long'), { a: 1 }, [{ key: 'a', value: 1n }]],
    [map('integer', 'string'), new Map([[1, 'x']]), [{ key: 1, value: 'x' }]],
    [
      map('string', 'long'),
      [
        ['a', 1],
        ['a', 2],
      ],
      [{ key: 'a', value: 2n }],
    ],
    [struct(field('x', 'long'), field('y', 'string')), { x: 1 }, { x: 1n, y: null }],
    ['string', undefined, null],
  ])('%o takes %o', (type, value, expected) => {
    expect(encode(type, value)).toEqual(expected);
  });

  it.each<[DeltaType, unknown]>([
    ['long', 2 ** 53],
    ['long', 2n ** 63n],
    ['long', 1.5],
    ['long', '5'],
    ['integer', 2 ** 31],
    ['short', -32769],
    ['byte', 128],
    ['double', '1'],
    ['boolean', 0],
    ['binary', 'abc'],
    ['date', '2026-02-30'],
    ['timestamp', '2026-01-01T00:00:00'],
    ['timestamp', Number.NaN],
    ['timestamp', 1.7e15],
    ['timestamp', new Date('nonsense')],
    ['timestamp_ntz', '2026-01-01T00:00:00Z'],
    ['decimal(9,2)', '1.234'],
    ['decimal(9,2)', '12345678.00'],
    ['decimal(9,2)', Number.NaN],
    [array('long'), { 0: 1 }],
    [array('long', false), [null]],
    [map('string', 'long'), { a: 'x' }],
    [struct(field('x', 'long')), { x: 1, z: 2 }],
    [struct(field('x', 'long', { nullable: false })), {}],
  ])('%o refuses %o', (type, value) => {
    expect(() => encode(type, value)).toThrowError(expect.objectContaining({ code: 'SERIALIZATION' }));
  });

  it('takes no inherited member for one that is absent', () => {
    const type = struct(field('constructor', 'string'), field('toString', 'long'), field('x', 'long'));
    expect(encode(type, { x: 1 })).toEqual({ constructor: null, toString: null, x: 1n });
    expect(encode(type, { constructor: 'own', toString: 2 })).toEqual({ constructor: 'own', toString: 2n, x: null });
  });

  it('refuses null where the column does not allow it', () => {
    expect(() => encode('string', null, false)).toThrow('column c (string, not null) cannot hold null');
  });

  it('names the place of a value deep inside, and not its content', () => {
    const type = struct(field('people', array(struct(field('age', 'integer')))));
    expect(() => encode(type, { people: [{ age: 'secret' }] })).toThrow(
      'column c.people.age (integer) cannot hold string',
    );
  });

  it('counts the bytes of what it holds', () => {
    const count = { bytes: 0 };
    nullable('string', true)('x'.repeat(1000), 'c', count);
    expect(count.bytes).toBeGreaterThan(1000);
  });
});
