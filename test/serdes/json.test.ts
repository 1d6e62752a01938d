import { describe, expect, it } from 'vitest';

import { serdes } from '../../src/serdes/serdes.ts';

describe('json', () => {
  const serde = serdes.json<{ readonly name: string; readonly list?: readonly number[] }>();

  it('reads what it wrote', () => {
    const value = { name: 'é', list: [1, 2] };
    expect(serde.deserialize('t', serde.serialize('t', value))).toEqual(value);
  });

  it('says where the text stops being JSON and quotes nothing of it', () => {
    const error = thrown(() => serde.deserialize('t', Buffer.from('{"name": secret}')));
    expect(error).toMatchObject({
      code: 'DESERIALIZATION',
      message: expect.stringMatching(/^json: the text is not valid JSON \(.*\d+.*\)$/),
    });
    expect(String(error)).not.toContain('secret');
  });

  it('refuses what has no JSON form', () => {
    expect(() => serdes.json().serialize('t', () => 1)).toThrow('json: a function has no JSON form');
    expect(() => serdes.json().serialize('t', 1n)).toThrow(/^json: .*BigInt/);
  });
});

function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
