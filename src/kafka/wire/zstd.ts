import zlib from 'node:zlib';
import type * as Wasm from '@bokuweb/zstd-wasm';
import { StreamsError, messageOf } from '../../core/errors.ts';
import type { Codec } from './codec.ts';

/** A frame of a streaming writer does not say its size: the first try, and where doubling it ends. */
const FIRST_GUESS_BYTES = 1 << 20;
const LARGEST_BYTES = 1 << 28;
/** ZSTD_error_dstSize_tooSmall, as the package words it. */
const TOO_SMALL = /code -70$/;

let loading: Promise<void> | null = null;
let wasm: typeof Wasm | null = null;
let failure: unknown = null;

/**
 * Makes zstd ready: WebAssembly loads asynchronously, and batches are read and written synchronously. Whoever connects
 * to a broker awaits it. Node 22.15 and later have zstd built in, and nothing is loaded. Does not throw: a package that
 * is not there is told about by {@link zstdCodec}, to those who use zstd.
 */
export function prepareZstd(): Promise<void> {
  if (builtIn() !== null) return Promise.resolve();
  return (loading ??= load());
}

/**
 * Node's own zstd, or the WebAssembly one.
 * @throws MISSING_PACKAGE when it did not load, ILLEGAL_STATE before {@link prepareZstd}
 */
export function zstdCodec(): Codec {
  const own = builtIn();
  if (own !== null) return own;
  if (failure !== null) {
    throw new StreamsError(
      'MISSING_PACKAGE',
      `zstd compression needs the package @bokuweb/zstd-wasm, or Node 22.15: ${messageOf(failure)}`,
      { cause: failure },
    );
  }
  const loaded = wasm;
  if (loaded === null) throw new StreamsError('ILLEGAL_STATE', 'zstd is not loaded yet: connect the client first');
  return {
    compress: (bytes) => asBuffer(loaded.compress(bytes)),
    decompress: (bytes) => decompress(loaded, bytes),
  };
}

async function load(): Promise<void> {
  try {
    const { default: loaded } = (await import('@bokuweb/zstd-wasm')) as unknown as { readonly default: typeof Wasm };
    await loaded.init();
    wasm = loaded;
  } catch (error) {
    failure = error;
  }
}

function decompress(loaded: typeof Wasm, bytes: Buffer): Buffer {
  for (let defaultHeapSize = FIRST_GUESS_BYTES; ; defaultHeapSize *= 2) {
    try {
      return asBuffer(loaded.decompress(bytes, { defaultHeapSize }));
    } catch (error) {
      if (defaultHeapSize >= LARGEST_BYTES || !TOO_SMALL.test(messageOf(error))) throw error;
    }
  }
}

function builtIn(): Codec | null {
  const { zstdCompressSync: compress, zstdDecompressSync: decompress } = zlib as unknown as {
    readonly zstdCompressSync?: (bytes: Buffer) => Buffer;
    readonly zstdDecompressSync?: (bytes: Buffer) => Buffer;
  };
  return compress && decompress ? { compress, decompress } : null;
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
