import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newCachedDownload, newDownloadResult } from '../../../src/apps/xact/schemas.generated.ts';
import {
  inventoryRow,
  resultOfFailure,
  uploadAttachment,
  uploadedRow,
} from '../../../src/apps/xact/upload-attachment.ts';
import { localLake } from '../../../src/sinks/lake/local.ts';
import { failureOf, NOW, taskOf } from './fakes.ts';

describe('the upload of an attachment', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xact-upload-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const context = () => ({ lake: localLake(join(folder, 'lake')), cacheDir: folder, now: () => NOW });
  const cached = () =>
    newCachedDownload({ ...taskOf({ retry_count: 1 }), cache_path: join(folder, 'a'), bytes: 5, downloaded_at: NOW });

  it('ends in success with the size, and keeps what the task said', async () => {
    await writeFile(join(folder, 'a'), 'hello');
    const result = await uploadAttachment(cached(), context());
    expect(result).toMatchObject({ status: 'success', bytes: 5, error: null, retry_count: 1, original_timestamp: NOW });
  });

  it('ends in failure when the file is gone', async () => {
    const result = await uploadAttachment(cached(), context());
    expect(result).toMatchObject({ status: 'failed_permanent', bytes: 0, error_category: 'permanent' });
  });

  it.each([
    ['out of the cache', { cache_path: '/etc/passwd' }],
    ['out of the lake', { blob_path: '../../a.jpg' }],
  ])('refuses paths that lead %s, and leaves the file there', async (where, fields) => {
    await writeFile(join(folder, 'a'), 'hello');
    const result = await uploadAttachment({ ...cached(), ...fields }, context());
    expect(result).toMatchObject({ status: 'failed_permanent', error: expect.stringContaining(where) });
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('hello');
  });
});

describe('a download that was given up', () => {
  it('ends in a failure for good, or in one for lack of tries', () => {
    expect(resultOfFailure(failureOf())).toMatchObject({ status: 'failed_permanent', error: 'gone', http_status: 404 });
    expect(resultOfFailure(failureOf({ error_category: 'exhausted' })).status).toBe('failed_transient');
  });

  it('does not pass on the signature of its link', () => {
    expect(JSON.stringify(resultOfFailure(failureOf()))).not.toContain('secret');
  });
});

describe('rows of the inventory', () => {
  const success = newDownloadResult({ ...taskOf(), status: 'success', bytes: 5, finished_at: NOW });

  it('may be merged in either order: the upload stage leaves the final status alone', () => {
    expect(uploadedRow(success)).not.toHaveProperty('status');
    expect({ ...inventoryRow(success), ...uploadedRow(success) }).toEqual(inventoryRow(success));
    expect(inventoryRow(success)).toMatchObject({ status: 'completed', bytes: 5, original_timestamp: NOW });
  });

  it('have no size and no hash for a file that could not be had', () => {
    expect(inventoryRow(resultOfFailure(failureOf()))).toMatchObject({
      status: 'failed',
      bytes: null,
      sha256: null,
      error: 'gone',
      error_category: 'permanent',
    });
  });
});
