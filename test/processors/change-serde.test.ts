import { describe, expect, it } from 'vitest';
import { Change } from '../../src/processors/change.ts';
import { changeSerde } from '../../src/processors/change-serde.ts';
import { serdes } from '../../src/serdes/serdes.ts';

const serde = changeSerde(serdes.string);
const hex = (change: Change<string>) => serde.serialize('t', change).toString('hex');

describe('the bytes of a change', () => {
  it('are those of Kafka Streams', () => {
    expect(hex(new Change('ab', null))).toBe('616201');
    expect(hex(new Change<string>(null, 'cd'))).toBe('636400');
    expect(hex(new Change('ab', 'cd'))).toBe('046162636402');
  });

  it.each([
    [new Change('new', null)],
    [new Change<string>(null, 'old')],
    [new Change('new', 'old')],
    [new Change('', '')],
    [new Change('x'.repeat(20_000), 'old')],
  ])('are read back %#', (change) => {
    expect(serde.deserialize('t', serde.serialize('t', change))).toEqual(change);
  });

  it('may carry the mark of versioned tables', () => {
    expect(serde.deserialize('t', Buffer.from('61620104', 'hex'))).toEqual(new Change('ab', null));
    expect(serde.deserialize('t', Buffer.from('63640103', 'hex'))).toEqual(new Change<string>(null, 'cd'));
    expect(serde.deserialize('t', Buffer.from('04616263640005', 'hex'))).toEqual(new Change('ab', 'cd'));
  });

  it('are refused when they say nothing, or something unknown', () => {
    expect(() => serde.serialize('t', new Change<string>(null, null))).toThrow('neither');
    expect(() => serde.deserialize('t', Buffer.of(9))).toThrow('unknown form 9');
    expect(() => serde.deserialize('t', Buffer.alloc(0))).toThrow('unknown form');
  });
});
