import type { RequestListener } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attachmentKey, downloadTasks } from '../../../../src/apps/xact/attachments.ts';
import type { DownloadTask } from '../../../../src/apps/xact/schemas.generated.ts';
import { cachedDownloadSerde, downloadTaskSerde, failedDownloadSerde } from '../../../../src/apps/xact/serdes.ts';
import { xact } from '../../../../src/apps/xact/topology.ts';
import { startHttp, type HttpFixture } from '../../http-fixture.ts';
import { driveStage } from '../../stage-driver.ts';
import { eventOf, NOW } from '../fakes.ts';

const PENDING = 'xact.downloads.pending';

describe('the download stage', () => {
  let cacheDir: string;
  let http: HttpFixture;
  let answer: RequestListener;
  let stage: Awaited<ReturnType<typeof driveStage>>;
  beforeEach(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'xact-cache-'));
    http = await startHttp((request, response) => answer(request, response));
    stage = await driveStage(xact, 'download', { cacheDir, downloads: { allowLoopback: true } });
  });
  afterEach(async () => {
    await stage.close();
    await http.close();
    await rm(cacheDir, { recursive: true });
  });
  async function pipe(path: string): Promise<DownloadTask> {
    const [task] = downloadTasks(eventOf({ attachments: [http.origin + path] }));
    if (task === undefined) throw new Error('no task');
    (await stage.input(PENDING, downloadTaskSerde)).pipe(attachmentKey(task), task, { timestamp: NOW });
    return task;
  }
  const until = async (done: () => boolean): Promise<void> => {
    const settled = async (): Promise<boolean> => {
      await stage.driver.settle();
      return done();
    };
    await expect.poll(settled, { timeout: 10_000, interval: 5 }).toBe(true);
  };

  it('tries again after each delay with the time of the event, the count and the last error, then gives up', async () => {
    answer = (_request, response) => response.writeHead(503).end();
    const task = await pipe('/a.jpg?X-Amz-Signature=secret');
    for (const [i, seconds] of [300, 600, 1200, 2400].entries()) {
      const bucket = await stage.output(`${PENDING}.retry.${seconds}s`, downloadTaskSerde);
      await until(() => bucket.size === 1);
      const { value, timestamp } = bucket.read() ?? {};
      expect([timestamp, value?.retry_count, value?.original_timestamp]).toEqual([NOW, i + 1, task.original_timestamp]);
      expect(value?.metadata).toMatchObject({ error_category: 'transient' });
      expect(value?.metadata['error']).not.toContain('secret');
      stage.driver.advanceWallClock(seconds * 1000);
    }
    const dead = await stage.output('xact.downloads.dlq', failedDownloadSerde);
    await until(() => dead.size === 1);
    expect(dead.read()?.value).toMatchObject({
      task: { attachment_url: task.attachment_url, retry_count: 4, original_timestamp: task.original_timestamp },
      error_category: 'exhausted',
      http_status: 503,
      attempts: 5,
    });
    expect(http.asked).toHaveLength(5);
  });

  it('goes on to the upload once the host is back', async () => {
    answer = (_request, response) => response.writeHead(500).end();
    await pipe('/a.jpg');
    const bucket = await stage.output(`${PENDING}.retry.300s`, downloadTaskSerde);
    await until(() => bucket.size === 1);
    answer = (_request, response) => response.end('content');
    stage.driver.advanceWallClock(300_000);
    const cached = await stage.output('xact.downloads.cached', cachedDownloadSerde);
    await until(() => cached.size === 1);
    expect(cached.read()?.value).toMatchObject({ bytes: 7, original_timestamp: NOW });
  });

  it.each([
    [404, 'permanent'],
    [403, 'auth'],
  ])('gives up %i at once: there is no other link', async (status, error_category) => {
    answer = (_request, response) => response.writeHead(status).end();
    await pipe('/a.jpg');
    const dead = await stage.output('xact.downloads.dlq', failedDownloadSerde);
    await until(() => dead.size === 1);
    expect(dead.read()?.value).toMatchObject({ error_category, http_status: status, attempts: 1 });
  });
});
