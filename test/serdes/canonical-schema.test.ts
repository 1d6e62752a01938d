import { describe, expect, it } from 'vitest';

import { canonicalSchema } from '../../src/serdes/canonical-schema.ts';

const canonical = (schema: unknown): string => canonicalSchema(JSON.stringify(schema));

describe('canonicalSchema', () => {
  it('writes full names, and names in place of objects that say no more', () => {
    const schema = {
      namespace: 'n',
      type: 'record',
      name: 'R',
      fields: [
        { type: { type: 'string' }, name: 'a' },
        { name: 'b', type: ['null', { name: 'm.E', type: 'enum', symbols: ['X'] }] },
        { name: 'c', type: { type: 'array', items: 'm.E' } },
        { name: 'd', type: ['null', 'R'] },
      ],
    };
    expect(JSON.parse(canonical(schema))).toEqual({
      name: 'n.R',
      type: 'record',
      fields: [
        { name: 'a', type: 'string' },
        { name: 'b', type: ['null', { name: 'm.E', type: 'enum', symbols: ['X'] }] },
        { name: 'c', type: { type: 'array', items: 'm.E' } },
        { name: 'd', type: ['null', 'n.R'] },
      ],
    });
  });

  it('keeps attributes, in one order', () => {
    const one = { type: 'long', logicalType: 'timestamp-millis', 'x-unit': 'ms' };
    const other = { 'x-unit': 'ms', logicalType: 'timestamp-millis', type: 'long' };
    expect(canonical(one)).toBe(canonical(other));
    expect(canonical(one)).toBe('{"type":"long","logicalType":"timestamp-millis","x-unit":"ms"}');
  });

  it('is a canonical schema itself', () => {
    const once = canonical({
      type: 'record',
      name: 'R',
      namespace: 'n',
      fields: [{ name: 'a', type: 'int', doc: 'x' }],
    });
    expect(canonicalSchema(once)).toBe(once);
    expect(canonicalSchema(' string ')).toBe('"string"');
  });

  it('refuses what is no schema', () => {
    expect(() => canonicalSchema('{')).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID' }));
    expect(() => canonicalSchema('"nothing"')).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID' }));
  });
});
