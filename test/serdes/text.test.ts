import { describe, expect, it } from 'vitest';

import { serdes } from '../../src/serdes/serdes.ts';

describe('string', () => {
  it('is UTF-8 whatever the length and the characters', () => {
    const long = 'x'.repeat(1000);
    for (const value of [
      '',
      'a',
      'exactly 16 chars',
      'seventeen letters',
      'é',
      'short ü',
      '日本',
      '🎈',
      `${long}é`,
      long,
    ]) {
      const bytes = serdes.string.serialize('t', value);
      expect(bytes.equals(new TextEncoder().encode(value))).toBe(true);
      expect(serdes.string.deserialize('t', bytes)).toBe(value);
    }
  });

  it('keeps control characters', () => {
    expect(serdes.string.serialize('t', '\0\x7f')).toEqual(Buffer.of(0, 0x7f));
  });
});

describe('bytes', () => {
  it('passes the same buffer on', () => {
    const value = Buffer.from('x');
    expect(serdes.bytes.serialize('t', value)).toBe(value);
    expect(serdes.bytes.deserialize('t', value)).toBe(value);
  });
});
