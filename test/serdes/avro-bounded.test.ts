import { describe, expect, it } from 'vitest';

import { enrichmentResultSchema } from '../../src/apps/claimx/schemas.generated.ts';
import { StreamsError } from '../../src/core/errors.ts';
import { EmbeddedRegistry } from '../../src/embedded/registry.ts';
import type { AvroJson, AvroType } from '../../src/serdes/avro-schema.ts';
import { avroType } from '../../src/serdes/avro-type.ts';
import { avro } from '../../src/serdes/avro.ts';

const holder = (...types: readonly AvroType[]): AvroJson => ({
  type: 'record',
  name: 'Holder',
  fields: types.map((type, i) => ({ name: `f${i}`, type })),
});
const strings = { type: 'array', items: 'string' } as const;
const counts = { type: 'map', values: 'int' } as const;
/** 2^40 items, then nothing: as a varint. */
const HUGE = Buffer.from('808080808040', 'hex');

describe('an array or a map', () => {
  it('is read as it was written', () => {
    const type = avroType(holder(strings, counts, { type: 'array', items: strings }));
    const value = { f0: ['a', 'b'], f1: { x: 1, y: -1 }, f2: [[], ['c']] };
    expect(type.fromBuffer(type.toBuffer(value))).toStrictEqual(value);
  });

  it('is read in the form of several blocks, with and without their size', () => {
    const type = avroType(holder(strings, counts));
    // One block of 1 item; one of 1 item with its size; the end. Then a map block with its size; the end.
    const bytes = Buffer.from(['020261', '01040262', '00', '01060278', '02', '00'].join(''), 'hex');
    expect(type.fromBuffer(bytes)).toStrictEqual({ f0: ['a', 'b'], f1: { x: 1 } });
  });

  it('is resolved into the reader’s items', () => {
    const writer = avroType(holder({ type: 'array', items: 'int' }, counts));
    const reader = avroType(holder({ type: 'array', items: 'double' }, { type: 'map', values: 'double' }));
    const value = { f0: [1, 2], f1: { x: 3 } };
    expect(reader.fromBuffer(writer.toBuffer(value), reader.createResolver(writer))).toStrictEqual(value);
  });

  it('is skipped where the reader has none', () => {
    const writer = avroType(holder(strings, counts, 'int'));
    const reader = avroType({ type: 'record', name: 'Holder', fields: [{ name: 'f2', type: 'int' }] });
    const resolver = reader.createResolver(writer);
    expect(reader.fromBuffer(writer.toBuffer({ f0: ['a'], f1: { x: 1 }, f2: 7 }), resolver)).toStrictEqual({ f2: 7 });
    const sized = Buffer.from(['01040262', '00', '01060278', '02', '00', '0e'].join(''), 'hex');
    expect(reader.fromBuffer(sized, resolver)).toStrictEqual({ f2: 7 });
    expect(() => reader.fromBuffer(HUGE, resolver)).toThrow(/more items than bytes/);
  });

  it('may have items that take no bytes', () => {
    const type = avroType(holder({ type: 'array', items: 'null' }));
    const value = { f0: Array.from({ length: 1000 }, () => null) };
    expect(type.fromBuffer(type.toBuffer(value))).toStrictEqual(value);
  });

  it('of a corrupt count is refused at once', () => {
    for (const type of [holder(strings), holder(counts)]) {
      expect(() => avroType(type).fromBuffer(HUGE)).toThrow(/more items than bytes/);
      expect(() => avroType(type).fromBuffer(Buffer.from('0a0261', 'hex'))).toThrow(/end too early/);
    }
  });

  it('keeps a key that names the prototype', () => {
    const type = avroType({ type: 'map', values: counts });
    const value = JSON.parse('{"__proto__": {"x": 1}}') as unknown;
    const read = type.fromBuffer(type.toBuffer(value)) as object;
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(Object.keys(read)).toEqual(['__proto__']);
  });
});

describe('corrupt bytes', () => {
  it('are read as something else or refused, and never stop the process', async () => {
    const use = { topic: 't', role: 'value', direction: 'both', registry: new EmbeddedRegistry() } as const;
    const serde = await avro<unknown>(enrichmentResultSchema).prepare?.(use);
    const random = generator(42);
    const outcomes = { read: 0, refused: 0 };
    for (let round = 0; round < 40; round++) {
      const value: unknown = avroType(enrichmentResultSchema).random();
      const bytes = serde?.serialize('t', value) ?? Buffer.alloc(0);
      for (let turn = 0; turn < 25; turn++) {
        const bad = Buffer.from(bytes.subarray(0, turn % 3 === 0 ? 5 + random(bytes.length - 5) : bytes.length));
        for (let flips = random(4); flips >= 0; flips--) bad[5 + random(bad.length - 5)] = random(256);
        try {
          serde?.deserialize('t', bad);
          outcomes.read++;
        } catch (error) {
          expect(error).toBeInstanceOf(StreamsError);
          expect(error).toMatchObject({ code: 'DESERIALIZATION' });
          outcomes.refused++;
        }
      }
    }
    expect(outcomes.read + outcomes.refused).toBe(1000);
    expect(outcomes.refused).toBeGreaterThan(0);
  });
});

/** Whole numbers below `limit`, the same ones for a seed (mulberry32). */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, limit);
  };
}
