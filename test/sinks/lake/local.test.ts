import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localLake } from '../../../src/sinks/lake/local.ts';
import { openLake } from '../../../src/sinks/lake/open-lake.ts';
import { lakeStoreContract } from '../../../src/testing/contracts/lake-store.ts';

lakeStoreContract('local file system', async () => {
  const root = await mkdtemp(join(tmpdir(), 'lake-'));
  return { lake: localLake(root), close: () => rm(root, { recursive: true }) };
});

describe('the local lake', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'lake-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('leaves no temporary file behind, won or lost', async () => {
    const lake = localLake(root);
    await lake.putIfAbsent('log/1', Buffer.from('a'));
    await lake.putIfAbsent('log/1', Buffer.from('b'));
    await lake.write('log/2', Buffer.from('c'));
    expect(await readdir(join(root, 'log'))).toEqual(['1', '2']);
  });

  it('does not list what a crashed writer left, and cleans it up once it is old', async () => {
    const lake = localLake(root);
    await mkdir(join(root, 'log'));
    for (const name of ['.1.json.old.tmp', '.2.json.new.tmp', '3.json']) await writeFile(join(root, 'log', name), '');
    await utimes(join(root, 'log', '.1.json.old.tmp'), 1000, 1000);
    expect(await lake.list('log')).toHaveLength(1);
    expect(await lake.cleanUp('log', 3_600_000)).toBe(1);
    expect((await readdir(join(root, 'log'))).sort()).toEqual(['.2.json.new.tmp', '3.json']);
  });

  it('refuses paths that lead out of its root', async () => {
    await expect(localLake(root).read('../secret')).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
  });

  it('creates a folder again that was removed while it was open', async () => {
    const lake = localLake(root);
    await lake.write('log/1', Buffer.from('a'));
    await rm(join(root, 'log'), { recursive: true });
    await lake.write('log/1', Buffer.from('b'));
    expect((await lake.read('log/1'))?.toString()).toBe('b');
  });

  it('says that a lasting error lasts', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(localLake(root).write('file/inside', Buffer.from(''))).rejects.toMatchObject({
      code: 'LAKE_UNAVAILABLE',
      retriable: false,
    });
  });
});

describe('opening a lake by its address', () => {
  it('takes paths and file: URLs', () => {
    expect(openLake('/tmp/x').uri).toBe('/tmp/x');
    expect(openLake('file:///tmp/a%20b').uri).toBe('/tmp/a b');
  });

  it('takes addresses of Azure with a credential', () => {
    const uri = 'abfss://c@a.dfs.core.windows.net/t';
    const azure = { credential: { accountName: 'a', accountKey: '' } };
    expect(openLake(uri, { azure }).uri).toBe(uri);
    expect(() => openLake(uri)).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => openLake('s3://bucket/t')).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
