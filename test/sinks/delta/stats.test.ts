import { describe, expect, it } from 'vitest';
import { RowBuffer } from '../../../src/sinks/delta/row-buffer.ts';
import type { Row } from '../../../src/sinks/delta/row.ts';
import { array, type DeltaSchema, field, map, struct } from '../../../src/sinks/delta/schema.ts';
import { parseStats, statsOf } from '../../../src/sinks/delta/stats.ts';
import { compareUtf8, prefixAbove, prefixBelow } from '../../../src/sinks/delta/utf8-order.ts';

const textOf = (schema: DeltaSchema, rows: readonly Row[], indexed?: number): string => {
  const buffer = new RowBuffer(schema, { keepAbsent: false });
  for (const row of rows) buffer.add(buffer.encode(row));
  return statsOf(schema, buffer, indexed);
};
const statsFor = (schema: DeltaSchema, rows: readonly Row[], indexed?: number): unknown =>
  parseStats(textOf(schema, rows, indexed));

describe('statistics of a file', () => {
  it('count rows and nulls, and bound simple columns', () => {
    const schema = struct(field('n', 'integer'), field('b', 'boolean'), field('bin', 'binary'), field('day', 'date'));
    const rows = [{ n: 3, b: true, day: '2026-01-02' }, { n: -1, bin: new Uint8Array(1), day: '2025-12-31' }, {}];
    expect(statsFor(schema, rows)).toEqual({
      numRecords: 3,
      minValues: { n: -1, day: '2025-12-31' },
      maxValues: { n: 3, day: '2026-01-02' },
      nullCount: { n: 1, b: 2, bin: 2, day: 1 },
    });
  });

  it('have no bounds of a column that is all null', () => {
    expect(statsFor(struct(field('s', 'string')), [{}, {}])).toEqual({
      numRecords: 2,
      minValues: {},
      maxValues: {},
      nullCount: { s: 2 },
    });
  });

  it('write longs and decimals as raw numbers', () => {
    const schema = struct(field('l', 'long'), field('d', 'decimal(38,2)'));
    const text = textOf(schema, [{ l: 2n ** 63n - 1n, d: '123456789012345678901234567890.12' }]);
    expect(text).toContain('"maxValues":{"l":9223372036854775807,"d":123456789012345678901234567890.12}');
  });

  it('drop both bounds where a NaN is, and one where it is infinite', () => {
    const schema = struct(field('x', 'double'), field('y', 'double'));
    expect(
      statsFor(schema, [
        { x: 1, y: 1 },
        { x: Number.NaN, y: Infinity },
      ]),
    ).toMatchObject({
      minValues: { y: 1 },
      maxValues: {},
      nullCount: { x: 0, y: 0 },
    });
  });

  it('cut both bounds of timestamps down to ms', () => {
    const schema = struct(field('t', 'timestamp'), field('n', 'timestamp_ntz'));
    expect(statsFor(schema, [{ t: -1n, n: '2026-01-01T00:00:00.123999' }])).toMatchObject({
      minValues: { t: '1969-12-31T23:59:59.999Z', n: '2026-01-01T00:00:00.123' },
      maxValues: { t: '1969-12-31T23:59:59.999Z', n: '2026-01-01T00:00:00.123' },
    });
  });

  it('mirror structs, and leave arrays and maps out', () => {
    const schema = struct(
      field('s', struct(field('a', 'integer'), field('in', struct(field('b', 'string'))), field('l', array('long')))),
      field('m', map('string', 'long')),
    );
    expect(statsFor(schema, [{ s: { a: 1, in: { b: 'x' } } }, { s: null }])).toEqual({
      numRecords: 2,
      minValues: { s: { a: 1, in: { b: 'x' } } },
      maxValues: { s: { a: 1, in: { b: 'x' } } },
      nullCount: { s: { a: 1, in: { b: 1 } } },
    });
  });

  it('stop at the number of columns asked for', () => {
    const schema = struct(field('a', 'integer'), field('b', 'integer'), field('c', 'integer'));
    expect(statsFor(schema, [{ a: 1, b: 2, c: 3 }], 2)).toMatchObject({ nullCount: { a: 0, b: 0 } });
    expect(statsFor(schema, [{ a: 1, b: 2, c: 3 }], -1)).toMatchObject({ nullCount: { a: 0, b: 0, c: 0 } });
  });

  it('order text as UTF-8 does, and cut it to 32 characters, the upper bound raised', () => {
    const long = 'x'.repeat(40);
    expect(statsFor(struct(field('s', 'string')), [{ s: '\uffee' }, { s: '😀' }, { s: long }])).toMatchObject({
      minValues: { s: 'x'.repeat(32) },
      maxValues: { s: '😀' },
    });
    expect(statsFor(struct(field('s', 'string')), [{ s: long }])).toMatchObject({
      maxValues: { s: `${'x'.repeat(31)}y` },
    });
  });

  it('that cannot be read are none', () => {
    expect(parseStats('{broken')).toBeNull();
    expect(parseStats(null)).toBeNull();
  });
});

describe('the order and the prefixes of UTF-8', () => {
  it('agree with the bytes', () => {
    const texts = ['', 'a', 'ab', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}', 'a😀', 'a\uffff'];
    for (const a of texts) {
      for (const b of texts) expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }
  });

  it('never cut a character in two', () => {
    expect(prefixBelow(`a${'😀'.repeat(3)}`, 4)).toBe('a😀');
  });

  it('round up past what cannot be raised', () => {
    expect(prefixAbove('ab\u{10ffff}\u{10ffff}x', 6)).toBe('ac');
    expect(prefixAbove(`\ud7ff${'x'.repeat(3)}`, 1)).toBe('\ue000');
    expect(prefixAbove('\u{10ffff}\u{10ffff}\u{10ffff}', 2)).toBeNull();
    expect(prefixAbove('short', 32)).toBe('short');
  });
});
