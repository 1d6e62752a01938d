import { opendir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import { createLimiter } from '../../http/limiter.ts';

export interface FileCacheOptions {
  readonly dir: string;
  /** No download begins while the files take this much. */
  readonly maxBytes: number;
  /** A file that nobody has come for after this time is deleted. */
  readonly maxAgeMs: number;
  readonly clock: Clock;
  /** Told of what was deleted. */
  readonly onEvicted?: (evicted: { readonly files: number; readonly bytes: number }) => void;
  /** How often the folder is looked over while a download waits for room, in ms (default 1,000), and otherwise (60,000). */
  readonly waitMs?: number;
  readonly sweepMs?: number;
}

/**
 * The files between download and upload: bounded by bytes, cleared by age.
 *
 * What waits for its upload is never deleted for its size: a full cache holds the downloads back until the uploads have
 * made room, so nothing is lost while the lake is away. Deleted are files that nobody comes for any more (older than
 * `maxAgeMs`, which must be longer than the topic of cached downloads is kept), what a crash left of downloads, and empty
 * folders. Several processes may share the folder; what each of them knows of its size is up to `sweepMs` old.
 */
export interface FileCache {
  readonly bytes: number;
  readonly files: number;
  readonly evictedFiles: number;
  readonly evictedBytes: number;
  /** Downloads that wait for room. */
  readonly waiting: number;
  /** Waits until there is room. A file may begin as soon as there is some: the bound is exceeded by what runs then. @throws the signal's reason */
  room(signal: AbortSignal): Promise<void>;
  /** A file was added. */
  added(bytes: number): void;
  /** Looks the folder over, and deletes what is too old. Asked for twice at once, it is done once. */
  sweep(): Promise<void>;
  /** No look begins after this. */
  close(): Promise<void>;
}

/** A part that was not written to for this long belongs to no download that runs: all have shorter time limits. */
const PART_AGE_MS = 3_600_000;

export function openFileCache(options: FileCacheOptions): FileCache {
  const { dir, maxBytes, maxAgeMs, clock, waitMs = 1_000, sweepMs = 60_000 } = options;
  const once = createLimiter(1);
  const seen = { bytes: 0, files: 0 };
  const evicted = { bytes: 0, files: 0 };
  let sweptAt: number | null = null;
  let sweeping: Promise<void> | null = null;
  let waiting = 0;
  let closed = false;

  const look = async (): Promise<void> => {
    const found = { bytes: 0, files: 0 };
    const gone = { bytes: 0, files: 0 };
    const now = clock.now();
    const visit = async (folder: string): Promise<void> => {
      for (const { name, isFolder } of await entriesOf(folder)) {
        const path = join(folder, name);
        if (isFolder) {
          await visit(path);
          // A folder that holds something refuses; one that a download has just made is made again by it.
          await rmdir(path).catch(() => undefined);
          continue;
        }
        const file = await stat(path).catch(() => null);
        if (file === null) continue;
        const age = now - file.mtimeMs;
        const old = age > maxAgeMs || (name.endsWith('.part') && age > PART_AGE_MS);
        if (old) await rm(path, { force: true });
        const sum = old ? gone : found;
        sum.bytes += file.size;
        sum.files++;
      }
    };
    await visit(dir);
    Object.assign(seen, found);
    evicted.bytes += gone.bytes;
    evicted.files += gone.files;
    sweptAt = clock.monotonic();
    if (gone.files > 0) options.onEvicted?.(gone);
  };
  const sweep = (): Promise<void> => {
    if (closed) return Promise.resolve();
    sweeping ??= look().finally(() => {
      sweeping = null;
    });
    return sweeping;
  };
  const sweepWhenOlder = async (ms: number): Promise<void> => {
    if (sweptAt === null || clock.monotonic() - sweptAt >= ms) await sweep();
  };

  return {
    get bytes() {
      return seen.bytes;
    },
    get files() {
      return seen.files;
    },
    get evictedFiles() {
      return evicted.files;
    },
    get evictedBytes() {
      return evicted.bytes;
    },
    get waiting() {
      return waiting;
    },
    room: async (signal) => {
      if (sweptAt === null) await sweep();
      else void sweepWhenOlder(sweepMs).catch(() => undefined);
      if (seen.bytes < maxBytes) return;
      waiting++;
      try {
        await once.run(async () => {
          while (seen.bytes >= maxBytes) {
            await sweepWhenOlder(waitMs);
            if (seen.bytes >= maxBytes) await sleep(waitMs, undefined, { signal });
          }
        }, signal);
      } finally {
        waiting--;
      }
    },
    added: (bytes) => {
      seen.bytes += bytes;
      seen.files++;
    },
    sweep,
    close: async () => {
      closed = true;
      await sweeping?.catch(() => undefined);
    },
  };
}

/** Nothing of a folder that is not there, or no longer. */
async function entriesOf(folder: string): Promise<{ readonly name: string; readonly isFolder: boolean }[]> {
  const entries: { name: string; isFolder: boolean }[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      // Links are not followed: they may lead out of the cache.
      if (entry.isFile() || entry.isDirectory()) entries.push({ name: entry.name, isFolder: entry.isDirectory() });
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  return entries;
}
