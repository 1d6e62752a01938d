import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { uploadFile } from '../../../src/apps/shared/upload-file.ts';
import type { LakeStore } from '../../../src/sinks/lake/lake-store.ts';
import { localLake } from '../../../src/sinks/lake/local.ts';

describe('the upload of a file', () => {
  let folder: string;
  let lake: LakeStore;
  let file: { localPath: string; path: string; bytes: number };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'upload-'));
    lake = localLake(join(folder, 'lake'));
    file = { localPath: join(folder, 'a.jpg'), path: 'p/media/m/a.jpg', bytes: 5 };
    await mkdir(folder, { recursive: true });
    await writeFile(file.localPath, 'hello');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('leaves it in the lake and not in the cache', async () => {
    expect(await uploadFile(lake, file)).toBe('uploaded');
    expect(await readFile(join(folder, 'lake', file.path), 'utf8')).toBe('hello');
    await expect(stat(file.localPath)).rejects.toThrow('ENOENT');
  });

  it('may be repeated after a crash that came before the commit', async () => {
    await uploadFile(lake, file);
    expect(await uploadFile(lake, file)).toBe('uploaded');
  });

  it('may be done twice at the same time', async () => {
    expect(await Promise.all([uploadFile(lake, file), uploadFile(lake, file)])).toEqual(['uploaded', 'uploaded']);
    expect(await readFile(join(folder, 'lake', file.path), 'utf8')).toBe('hello');
  });

  it('finds it in the lake when another upload was first while this one began', async () => {
    const late: LakeStore = Object.create(lake, {
      putFile: {
        value: async () => {
          await lake.putFile(file.localPath, file.path, { consume: true });
          throw new Error('the file is gone');
        },
      },
      stat: { value: (path: string) => lake.stat(path) },
    }) as LakeStore;
    expect(await uploadFile(late, file)).toBe('uploaded');
  });

  it('takes the file that a repeated download has put there anew, after another upload was first', async () => {
    let tries = 0;
    const late: LakeStore = Object.create(lake, {
      putFile: {
        value: async () => {
          if (tries++ > 0) return lake.putFile(file.localPath, file.path, { consume: true });
          await lake.putFile(file.localPath, file.path, { consume: true });
          const gone = await lake
            .putFile(file.localPath, file.path, { consume: true })
            .catch((error: unknown) => error);
          await writeFile(file.localPath, 'hello');
          throw gone;
        },
      },
    }) as LakeStore;
    expect(await uploadFile(late, file)).toBe('uploaded');
    expect(tries).toBe(2);
    await expect(stat(file.localPath)).rejects.toThrow('ENOENT');
  });

  it('says when the file is nowhere, or another one is in its place', async () => {
    await rm(file.localPath);
    expect(await uploadFile(lake, file)).toBe('lost');
    await lake.write(file.path, Buffer.from('other file'));
    expect(await uploadFile(lake, file)).toBe('lost');
  });

  it('keeps the file in the cache while the lake is away', async () => {
    const away: LakeStore = Object.create(lake, {
      putFile: { value: () => Promise.reject(new Error('away')) },
    }) as LakeStore;
    await expect(uploadFile(away, file)).rejects.toThrow('away');
    expect(await readFile(file.localPath, 'utf8')).toBe('hello');
  });
});
