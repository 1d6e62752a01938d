import { compressors } from 'hyparquet-compressors';
import { type SnappyBlocks, snappyBlocks } from '../../compression/snappy.ts';

const { SNAPPY: _wasm, ...OTHERS } = compressors;

/** Looked for once: undefined until then. */
let native: SnappyBlocks | null | undefined;

/** null where the native package is not there: then hyparquet's own is used, which is quicker for small pages than wasm. */
function nativeSnappy(): SnappyBlocks | null {
  if (native !== undefined) return native;
  try {
    native = snappyBlocks();
  } catch {
    native = null;
  }
  return native;
}

/** For reading: what other writers use (delta-rs compacts to zstd). */
export function parquetDecompressors(): typeof compressors {
  const snappy = nativeSnappy();
  return snappy === null ? OTHERS : { ...OTHERS, SNAPPY: (bytes) => snappy.decompress(bytes) };
}

/** For writing: in JavaScript, snappy takes half of the time of a merge. */
export function parquetCompressors(): { readonly SNAPPY?: (bytes: Uint8Array) => Uint8Array } {
  const snappy = nativeSnappy();
  return snappy === null ? {} : { SNAPPY: (bytes) => snappy.compress(bytes) };
}
