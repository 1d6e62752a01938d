import type { RequestListener } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newDownloadTask, type DownloadTask } from '../../../../src/apps/claimx/schemas.generated.ts';
import { cachedDownloadSerde, downloadTaskSerde, failedDownloadSerde } from '../../../../src/apps/claimx/serdes.ts';
import { claimx } from '../../../../src/apps/claimx/topology.ts';
import { startHttp, type HttpFixture } from '../../http-fixture.ts';
import { driveStage } from '../../stage-driver.ts';
import { NOW } from '../fakes.ts';

const PENDING = 'claimx.downloads.pending';

describe('the downloader', () => {
  let cacheDir: string;
  let http: HttpFixture;
  let answer: RequestListener;
  let stage: Awaited<ReturnType<typeof driveStage>>;
  const start = async (downloads: Record<string, unknown> = {}): Promise<void> => {
    stage = await driveStage(claimx, 'downloader', {
      cacheDir,
      api: { url: http.origin, attempts: 1 },
      downloads: { allowLoopback: true, concurrency: 3, ...downloads },
    });
  };
  beforeEach(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'claimx-cache-'));
    http = await startHttp((request, response) => answer(request, response));
  });
  afterEach(async () => {
    await stage.close();
    await http.close();
    await rm(cacheDir, { recursive: true });
  });
  const taskOf = (path: string, fields: Partial<DownloadTask> = {}): DownloadTask =>
    newDownloadTask({
      media_id: 'm-1',
      project_id: 'p-1',
      download_url: http.origin + path,
      blob_path: 'p-1/media/m-1/a.jpg',
      file_type: 'jpg',
      file_name: 'a.jpg',
      source_event_id: 'e-1',
      created_at: NOW,
      ...fields,
    });
  const until = async (done: () => boolean): Promise<void> => {
    const settled = async (): Promise<boolean> => {
      await stage.driver.settle();
      return done();
    };
    await expect.poll(settled, { timeout: 10_000, interval: 5 }).toBe(true);
  };
  /** 403 for the old link, a fresh link from the API, the file behind that. */
  const expiring: RequestListener = (request, response) => {
    if (request.url?.startsWith('/export') === true) {
      const media = { mediaId: 'm-1', projectId: 'p-1', fileName: 'a.jpg', downloadUrl: `${http.origin}/fresh.jpg` };
      return void response.end(JSON.stringify([media]));
    }
    if (request.url?.startsWith('/fresh') === true) return void response.end('content');
    response.writeHead(403).end('<Message>Request has expired</Message>');
  };

  it('asks the API for a fresh link before it tries an expired one again, and fetches the file by it', async () => {
    answer = expiring;
    await start();
    (await stage.input(PENDING, downloadTaskSerde)).pipe('m-1', taskOf('/old.jpg?sig=secret'));
    const bucket = await stage.output(`${PENDING}.retry.300s`, downloadTaskSerde);
    await until(() => bucket.size === 1);
    expect(bucket.read()?.value).toMatchObject({ retry_count: 1, url_refresh_attempted: true, created_at: NOW });
    stage.driver.advanceWallClock(300_000);
    const cached = await stage.output('claimx.downloads.cached', cachedDownloadSerde);
    await until(() => cached.size === 1);
    const { value } = cached.read() ?? {};
    expect(value).toMatchObject({ media_id: 'm-1', bytes: 7, retry_count: 1, blob_path: 'p-1/media/m-1/a.jpg' });
    expect(await readFile(value?.cache_path ?? '', 'utf8')).toBe('content');
    expect(http.asked).toEqual(['/old.jpg?sig=secret', '/export/project/p-1/media?mediaId=m-1', '/fresh.jpg']);
    const metrics = await stage.metrics.metrics();
    expect(metrics).toContain('errors_total{app="claimx",stage="downloader",category="expired"} 1');
    expect(metrics).toContain('download_cache_files{app="claimx"} 1');
  });

  it('does not try a link that says itself that it has expired', async () => {
    answer = expiring;
    await start();
    const link = '/a.jpg?X-Amz-Date=20200101T000000Z&X-Amz-Expires=60&X-Amz-Signature=s';
    (await stage.input(PENDING, downloadTaskSerde)).pipe('m-1', taskOf(link));
    const bucket = await stage.output(`${PENDING}.retry.300s`, downloadTaskSerde);
    await until(() => bucket.size === 1);
    expect([http.asked, bucket.read()?.value?.url_refresh_attempted]).toEqual([[], true]);
  });

  it('gives up at once what is not there, with the original task and without the signature in its error', async () => {
    answer = (_request, response) => response.writeHead(404).end();
    await start();
    const task = taskOf('/gone.jpg?sig=secret');
    (await stage.input(PENDING, downloadTaskSerde)).pipe('m-1', task);
    const dead = await stage.output('claimx.downloads.dlq', failedDownloadSerde);
    await until(() => dead.size === 1);
    const letter = dead.read()?.value;
    expect(letter).toMatchObject({ task, error_category: 'permanent', http_status: 404, attempts: 1 });
    expect(letter?.error).not.toContain('secret');
  });

  it('gives up a link that is refused although it is fresh, and says that it was refreshed', async () => {
    answer = (request, response) => {
      if (request.url?.startsWith('/export') === true) return expiring(request, response);
      response.writeHead(403).end('Access Denied');
    };
    await start();
    (await stage.input(PENDING, downloadTaskSerde)).pipe('m-1', taskOf('/a.jpg'));
    const bucket = await stage.output(`${PENDING}.retry.300s`, downloadTaskSerde);
    await until(() => bucket.size === 1);
    stage.driver.advanceWallClock(300_000);
    const dead = await stage.output('claimx.downloads.dlq', failedDownloadSerde);
    await until(() => dead.size === 1);
    expect(dead.read()?.value).toMatchObject({ url_refresh_attempted: true, http_status: 403, attempts: 2 });
  });

  it('fetches no more files at a time than it may, by as many connections', async () => {
    answer = (_request, response) => void setTimeout(() => response.end('content'), 5);
    await start();
    const pending = await stage.input(PENDING, downloadTaskSerde);
    for (let i = 0; i < 24; i++) {
      const media_id = `m-${i}`;
      pending.pipe(media_id, taskOf(`/${i}.jpg`, { media_id, blob_path: `p-1/media/${media_id}/a.jpg` }));
    }
    const cached = await stage.output('claimx.downloads.cached', cachedDownloadSerde);
    await until(() => cached.size === 24);
    // Two partitions, each with a limit of its own; the pool has one for both.
    expect(http.peak()).toBe(3);
    expect(http.connections()).toBe(3);
  });

  it('fetches nothing from hosts that are not in the list, nor what is no file of a claim', async () => {
    answer = (_request, response) => response.end('content');
    await start({ allowLoopback: false });
    const pending = await stage.input(PENDING, downloadTaskSerde);
    pending.pipe('m-1', taskOf('/a.jpg'));
    pending.pipe('m-2', taskOf('/a.jpg', { download_url: 'https://evil.example/a.jpg' }));
    pending.pipe('m-3', taskOf('/a.exe', { file_name: 'a.exe' }));
    const dead = await stage.output('claimx.downloads.dlq', failedDownloadSerde);
    await until(() => dead.size === 3);
    expect(http.asked).toEqual([]);
    expect(dead.readAll().map(({ value }) => value?.error_category)).toEqual(['permanent', 'permanent', 'permanent']);
  });
});
