/** Compresses and decompresses the records section of a batch. Both are synchronous: a batch is at most about a megabyte. */
export interface Codec {
  compress(bytes: Buffer): Buffer;
  decompress(bytes: Buffer): Buffer;
}
