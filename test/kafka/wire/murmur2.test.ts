import { describe, expect, it } from 'vitest';
import { murmur2, partitionOf } from '../../../src/kafka/wire/murmur2.ts';

/** From org.apache.kafka.common.utils.UtilsTest. */
const vectors: [string, number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

describe('murmur2', () => {
  it.each(vectors)('hashes %s as Java does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('hashes the first bytes only, where told so', () => {
    for (const [text, hash] of vectors) expect(murmur2(Buffer.from(`${text}more`), text.length)).toBe(hash);
  });

  it('gives a key the partition of the default partitioner, whatever the sign of the hash', () => {
    expect(partitionOf(Buffer.from('abc'), 10)).toBe(479470107 % 10);
    expect(partitionOf(Buffer.from('foobar'), 7)).toBe((-790332482 & 0x7fffffff) % 7);
  });
});
