import { StreamsError } from '../../core/errors.ts';

/**
 * The framing that Java clients put around snappy (snappy-java's SnappyOutputStream): a header of 16 bytes, then blocks,
 * each with its compressed length before it. Other clients write one raw block without it; both are read.
 */
const HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00, 0, 0, 0, 1, 0, 0, 0, 1]);
const MAGIC_BYTES = 8;
/** What snappy-java puts into a block, and so what its reader expects to buffer. */
const BLOCK_BYTES = 32 * 1024;

export function writeXerial(bytes: Buffer, compress: (block: Buffer) => Buffer): Buffer {
  const parts: Buffer[] = [HEADER];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = compress(bytes.subarray(at, at + BLOCK_BYTES));
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(block.length, 0);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/** @throws CORRUPT_RECORD when a block's length does not fit the bytes */
export function readXerial(bytes: Buffer, decompress: (block: Buffer) => Buffer): Buffer {
  const framed = bytes.length >= HEADER.length && bytes.compare(HEADER, 0, MAGIC_BYTES, 0, MAGIC_BYTES) === 0;
  if (!framed) return decompress(bytes);
  const parts: Buffer[] = [];
  let at = HEADER.length;
  while (at + 4 <= bytes.length) {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0 || at + length > bytes.length) {
      throw new StreamsError('CORRUPT_RECORD', `a snappy block of ${length} bytes does not fit its record batch`);
    }
    parts.push(decompress(bytes.subarray(at, at + length)));
    at += length;
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}
