import { snappyUncompress } from 'hyparquet';
import { expect, it } from 'vitest';
import { snappyBlocks } from '../../src/compression/snappy.ts';

it('compresses to blocks that others read, and reads them', () => {
  const bytes = Buffer.from('to be or not to be '.repeat(100));
  const { compress, decompress } = snappyBlocks();
  const block = compress(bytes);
  expect(block.length).toBeLessThan(bytes.length / 5);
  expect(decompress(block)).toEqual(bytes);
  const read = new Uint8Array(bytes.length);
  snappyUncompress(block, read);
  expect(Buffer.from(read)).toEqual(bytes);
});
