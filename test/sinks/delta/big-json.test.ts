import { describe, expect, it } from 'vitest';
import { ExactNumber, parseJson, stringifyJson } from '../../../src/sinks/delta/big-json.ts';

describe('JSON with exact numbers', () => {
  it('keeps longs beyond 2^53 in both directions', () => {
    const text = '{"max":9223372036854775807,"min":-9223372036854775808,"safe":9007199254740991}';
    expect(parseJson(text)).toEqual({ max: 2n ** 63n - 1n, min: -(2n ** 63n), safe: 9007199254740991 });
    expect(stringifyJson(parseJson(text))).toBe(text);
  });

  it('keeps decimals that a double would round', () => {
    const text = '{"d":[1234567890123456789.0123456789,0.1,1.5e3]}';
    expect(parseJson(text)).toEqual({ d: [new ExactNumber('1234567890123456789.0123456789'), 0.1, 1500] });
    expect(stringifyJson(parseJson('[1234567890123456789.0123456789]'))).toBe('[1234567890123456789.0123456789]');
  });

  it('gives doubles that are written in full as numbers', () => {
    expect(parseJson('[0.10000000149011612,12345678901234567]')).toEqual([0.10000000149011612, 12345678901234567n]);
  });

  it('is not misled by digits in texts, escapes and white space', () => {
    const text =
      '{ "id" : "12345678901234567890", "q": "a\\"b\\\\", "n" : [ 12345678901234567890 , null, true ], "e":{}, "a":[] }';
    expect(parseJson(text)).toEqual({
      id: '12345678901234567890',
      q: 'a"b\\',
      n: [12345678901234567890n, null, true],
      e: {},
      a: [],
    });
  });

  it('keeps a column called __proto__ a column', () => {
    const parsed = parseJson('{"__proto__":12345678901234567890}') as Record<string, unknown>;
    expect(Object.keys(parsed)).toEqual(['__proto__']);
  });

  it.each([
    '{"a":12345678901234567890',
    '[12345678901234567890,]',
    '{12345678901234567890:1}',
    '12345678901234567890 x',
  ])('refuses %s', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it('leaves out what is undefined', () => {
    expect(stringifyJson({ a: undefined, b: null, c: [undefined] })).toBe('{"b":null,"c":[null]}');
  });
});
