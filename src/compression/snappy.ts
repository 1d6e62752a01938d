import { createRequire } from 'node:module';
import type * as Snappy from 'snappy';

/** Snappy's block format, without any frame around it. */
export interface SnappyBlocks {
  readonly compress: (bytes: Uint8Array) => Buffer;
  readonly decompress: (bytes: Uint8Array) => Buffer;
}

const require = createRequire(import.meta.url);

/** The native package, loaded at the first use. @throws what Node says of a package that is not there for this machine */
export function snappyBlocks(): SnappyBlocks {
  const snappy = require('snappy') as typeof Snappy;
  return {
    compress: (bytes) => snappy.compressSync(bytes),
    decompress: (bytes) => snappy.uncompressSync(bytes, { asBuffer: true }) as Buffer,
  };
}
