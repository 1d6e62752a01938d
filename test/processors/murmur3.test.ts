import { describe, expect, it } from 'vitest';
import { murmur3 } from '../../src/processors/murmur3.ts';

describe('murmur3', () => {
  // From org.apache.kafka.streams.state.internals.Murmur3#hash128 of Kafka Streams 4.3.1.
  it.each([
    ['', '9d2764a018e329428c3cf3b035938518'],
    ['hello', '30bfb4f39919e764566aea857401d1c6'],
    ['0123456789abc', 'e56a5076bac48c30594998c19649ec1e'],
    ['0123456789abcdef', '1a6e941ec6a76967d7d82808f505d6b1'],
    ['The quick brown fox jumps over the lazy dog, twice', 'b5d2e8de2247d77b0c7d83fecfb1d441'],
    ['éééééééééééééé', 'a302a38d89904e6a6d075c60921624c3'],
  ])('of %j is what Kafka Streams computes', (text, hash) => {
    expect(murmur3(Buffer.from(text)).toString('hex')).toBe(hash);
  });
});
