import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileCache, type FileCache, type FileCacheOptions } from '../../../src/apps/shared/file-cache.ts';
import { ManualClock } from '../../../src/core/clock.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('the cache between download and upload', () => {
  let dir: string;
  let clock: ManualClock;
  let cache: FileCache;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cache-'));
    clock = new ManualClock(Date.now());
    cache = open();
  });
  afterEach(async () => {
    await cache.close();
    await rm(dir, { recursive: true, force: true });
  });
  const open = (options: Partial<FileCacheOptions> = {}): FileCache =>
    openFileCache({ dir, maxBytes: 1000, maxAgeMs: 7 * DAY, clock, waitMs: 2, ...options });
  const never = new AbortController().signal;

  async function put(path: string, bytes: number, ageMs = 0): Promise<string> {
    const file = join(dir, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, Buffer.alloc(bytes));
    const at = (clock.now() - ageMs) / 1000;
    await utimes(file, at, at);
    return file;
  }
  const tree = async (): Promise<string[]> => (await readdir(dir, { recursive: true })).sort();

  it('deletes files that nobody has come for, what crashed downloads left, and empty folders', async () => {
    await put('p/media/old/a.jpg', 10, 8 * DAY);
    await put('p/media/new/a.jpg', 20, 6 * DAY);
    await put('p/media/part/a.jpg.1.part', 30, 2 * HOUR);
    await put('p/media/runs/a.jpg.2.part', 40, HOUR / 2);
    await mkdir(join(dir, 'q', 'empty'), { recursive: true });
    const told: unknown[] = [];
    cache = open({ onEvicted: (evicted) => told.push(evicted) });
    await cache.sweep();
    expect(await tree()).toEqual(
      ['p', 'p/media', 'p/media/new', 'p/media/new/a.jpg', 'p/media/runs', 'p/media/runs/a.jpg.2.part'].map((path) =>
        join(...path.split('/')),
      ),
    );
    expect([cache.bytes, cache.files, cache.evictedFiles, cache.evictedBytes]).toEqual([60, 2, 2, 40]);
    expect(told).toEqual([{ files: 2, bytes: 40 }]);
  });

  it('is empty where there is no folder yet', async () => {
    cache = open({ dir: join(dir, 'none') });
    await cache.room(never);
    expect([cache.bytes, cache.files]).toEqual([0, 0]);
  });

  it('does not follow links out of its folder', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'outside-'));
    await writeFile(join(outside, 'precious'), 'x');
    await utimes(join(outside, 'precious'), 0, 0);
    await symlink(outside, join(dir, 'link'));
    await cache.sweep();
    expect(await readdir(outside)).toEqual(['precious']);
    await rm(outside, { recursive: true });
  });

  it('holds downloads back while it is full, deletes nothing that waits for its upload, and lets them on in order', async () => {
    const file = await put('p/a.jpg', 900);
    await cache.room(never);
    cache.added(100);
    const order: number[] = [];
    const waits = [1, 2, 3].map(async (n) => {
      await cache.room(never);
      order.push(n);
    });
    await expect.poll(() => cache.waiting).toBe(3);
    clock.advance(HOUR);
    expect(await tree()).toEqual(['p', join('p', 'a.jpg')]);
    expect([order, cache.waiting]).toEqual([[], 3]);
    // The upload makes room.
    await rm(file);
    clock.advance(10);
    await Promise.all(waits);
    expect([order, cache.waiting, cache.bytes]).toEqual([[1, 2, 3], 0, 0]);
  });

  it('ends a wait when its signal is aborted, and does not count it any more', async () => {
    await put('p/a.jpg', 1000);
    const stop = new AbortController();
    const wait = cache.room(stop.signal);
    const second = cache.room(stop.signal);
    await expect.poll(() => cache.waiting).toBe(2);
    stop.abort(new Error('time is up'));
    await expect(wait).rejects.toMatchObject({ name: 'AbortError' });
    await expect(second).rejects.toThrow('time is up');
    expect(cache.waiting).toBe(0);
  });

  it('knows of files that others have put there or taken away, after a while', async () => {
    await cache.room(never);
    await put('p/a.jpg', 500);
    await cache.room(never);
    expect(cache.bytes).toBe(0);
    clock.advance(60_000);
    await cache.room(never);
    await expect.poll(() => cache.bytes).toBe(500);
  });

  it('looks no more once it is closed', async () => {
    await cache.close();
    await put('p/a.jpg', 10, 100 * DAY);
    await cache.sweep();
    expect(await tree()).toHaveLength(2);
  });
});
