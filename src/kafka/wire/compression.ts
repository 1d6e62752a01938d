import { createRequire } from 'node:module';
import zlib from 'node:zlib';
import type * as Lz4 from 'lz4-napi';
import { snappyBlocks } from '../../compression/snappy.ts';
import { StreamsError, messageOf } from '../../core/errors.ts';
import type { Compression } from '../client.ts';
import type { Codec } from './codec.ts';
import { readXerial, writeXerial } from './xerial-snappy.ts';
import { zstdCodec } from './zstd.ts';

/** By the number in a batch's attributes (protocol guide, "Record Batch"). */
const NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const satisfies readonly Compression[];

const require = createRequire(import.meta.url);

/** The number that stands for the compression in a batch's attributes. */
export function compressionId(compression: Compression): number {
  return NAMES.indexOf(compression);
}

/** @throws CORRUPT_RECORD for a number that no version of Kafka uses */
export function compressionName(id: number): Compression {
  const name = NAMES[id];
  if (name === undefined)
    throw new StreamsError('CORRUPT_RECORD', `a record batch names an unknown compression (${id})`);
  return name;
}

const loaded = new Map<Compression, Codec>();

/**
 * The codec of a compression. Native packages are loaded at the first use, so that nobody pays for one that is not used.
 * @throws MISSING_PACKAGE; ILLEGAL_STATE for zstd before `prepareZstd`
 */
export function codecOf(compression: Exclude<Compression, 'none'>): Codec {
  const known = loaded.get(compression);
  if (known !== undefined) return known;
  const codec = loaders[compression]();
  loaded.set(compression, codec);
  return codec;
}

const loaders = {
  gzip: (): Codec => ({
    compress: (bytes) => zlib.gzipSync(bytes),
    decompress: (bytes) => zlib.gunzipSync(bytes),
  }),
  snappy: (): Codec => {
    const snappy = load('snappy', 'snappy', snappyBlocks);
    return {
      compress: (bytes) => writeXerial(bytes, snappy.compress),
      decompress: (bytes) => readXerial(bytes, snappy.decompress),
    };
  },
  lz4: (): Codec => {
    const lz4 = load('lz4-napi', 'lz4', () => require('lz4-napi') as typeof Lz4);
    return {
      compress: (bytes) => lz4.compressFrameSync(bytes),
      decompress: (bytes) => lz4.decompressFrameSync(bytes),
    };
  },
  zstd: zstdCodec,
} as const satisfies Record<Exclude<Compression, 'none'>, () => Codec>;

function load<T>(name: string, compression: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    throw new StreamsError(
      'MISSING_PACKAGE',
      `${compression} compression needs the package ${name} (npm install ${name}): ${messageOf(cause)}`,
      { cause },
    );
  }
}
