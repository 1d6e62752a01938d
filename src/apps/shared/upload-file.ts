import { stat, unlink } from 'node:fs/promises';
import type { LakeStore } from '../../sinks/lake/lake-store.ts';
import { isInFolder, isPlainPath } from './plain-path.ts';

export interface CachedFile {
  readonly localPath: string;
  /** Path in the lake. */
  readonly path: string;
  readonly bytes: number;
}

const MOST_TRIES = 5;

/** `uploaded`, or `lost`: the file is neither in the cache nor in the lake. */
export type UploadOutcome = 'uploaded' | 'lost';

/**
 * Brings a file from the cache into the lake: where both are on one file system it is moved, else copied and removed. Safe to
 * repeat, at the same time too: whoever finds the file gone looks for it in the lake, where it is whole or not at all.
 *
 * @throws LAKE_UNAVAILABLE
 */
export async function uploadFile(lake: LakeStore, { localPath, path, bytes }: CachedFile): Promise<UploadOutcome> {
  for (let tries = 1; await isThere(localPath); tries++) {
    try {
      await lake.putFile(localPath, path, { consume: true });
      await remove(localPath);
      return 'uploaded';
    } catch (error) {
      // Another upload of the same file may have been first, and a download repeated after a crash have put it there anew.
      if ((!hasVanished(error) || tries >= MOST_TRIES) && (await isThere(localPath))) throw error;
    }
  }
  return (await lake.stat(path))?.size === bytes ? 'uploaded' : 'lost';
}

function hasVanished(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

/** The part of a result that an upload decides. */
export interface UploadedFields {
  readonly status: 'success' | 'failed_permanent';
  /** 0 where the file is lost. */
  readonly bytes: number;
  /** For people. */
  readonly error: string | null;
}

export interface UploadContext {
  readonly lake: LakeStore;
  /** The folder that files are uploaded from, and nothing outside of it. */
  readonly cacheDir: string;
  readonly now: () => number;
}

/** {@link uploadFile} of a cached download, in the words of its result. @throws LAKE_UNAVAILABLE */
export async function uploadCached(
  cached: { readonly blob_path: string; readonly cache_path: string; readonly bytes: number },
  { lake, cacheDir }: UploadContext,
): Promise<UploadedFields> {
  const { blob_path: path, cache_path: localPath, bytes } = cached;
  const wrong = wrongPath(cacheDir, localPath, path);
  if (wrong !== null) return { status: 'failed_permanent', bytes: 0, error: wrong };
  if ((await uploadFile(lake, { localPath, path, bytes })) === 'uploaded') {
    return { status: 'success', bytes, error: null };
  }
  return { status: 'failed_permanent', bytes: 0, error: 'the file is no longer in the cache and not in the lake' };
}

/** Both paths came with a message, and an upload removes the file that it has copied. */
function wrongPath(cacheDir: string, localPath: string, path: string): string | null {
  if (!isInFolder(cacheDir, localPath)) return 'the path of the file leads out of the cache';
  return isPlainPath(path) ? null : 'the path of the file leads out of the lake';
}

async function isThere(path: string): Promise<boolean> {
  return (await orNull(stat(path))) !== null;
}

async function remove(path: string): Promise<void> {
  await orNull(unlink(path));
}

async function orNull<T>(step: Promise<T>): Promise<T | null> {
  try {
    return await step;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
