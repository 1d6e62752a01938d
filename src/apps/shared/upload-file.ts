import { rm, stat } from 'node:fs/promises';
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
 * Copies a file from the cache into the lake and takes it out of the cache. Safe to repeat: after a crash in between,
 * the file is gone from the cache and whole in the lake.
 *
 * @throws LAKE_UNAVAILABLE
 */
export async function uploadFile(lake: LakeStore, { localPath, path, bytes }: CachedFile): Promise<UploadOutcome> {
  if (!(await isThere(localPath))) return (await lake.stat(path))?.size === bytes ? 'uploaded' : 'lost';
  await lake.putFile(localPath, path);
  await rm(localPath, { force: true });
  return 'uploaded';
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
