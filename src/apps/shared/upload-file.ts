import { open, rm, stat } from 'node:fs/promises';
import type { LakeStore } from '../../sinks/lake/lake-store.ts';

export interface CachedFile {
  readonly localPath: string;
  /** Path in the lake. */
  readonly path: string;
  readonly bytes: number;
}

/** `uploaded`, or `lost`: the file is neither in the cache nor in the lake. */
export type UploadOutcome = 'uploaded' | 'lost';

/**
 * Copies a file from the cache into the lake and takes it out of the cache. Safe to repeat, at the same time too: whoever
 * finds the file gone looks for it in the lake, where it is whole or not at all.
 *
 * @throws LAKE_UNAVAILABLE
 */
export async function uploadFile(lake: LakeStore, { localPath, path, bytes }: CachedFile): Promise<UploadOutcome> {
  if (await isThere(localPath)) {
    try {
      await lake.writeStream(path, readPieces(localPath));
      await rm(localPath, { force: true });
      return 'uploaded';
    } catch (error) {
      if (await isThere(localPath)) throw error;
    }
  }
  return (await lake.stat(path))?.size === bytes ? 'uploaded' : 'lost';
}

/** Opens the file at the first piece that is asked for, so that a file that is gone is the reader's error. */
async function* readPieces(path: string): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    yield* file.createReadStream({ autoClose: false, highWaterMark: 256 << 10 }) as AsyncIterable<Buffer>;
  } finally {
    await file.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
